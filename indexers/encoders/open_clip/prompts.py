"""A query in the words of captions. These models learnt from pictures and what people wrote below them.

A text is put into several sentences, and the mean of their embeddings, each of length 1, stands for it: Radford et al.,
"Learning Transferable Visual Models From Natural Language Supervision", ICML 2021, section 3.1.4, gain 3.5 points on
ImageNet with 80 sentences. These few are chosen for what a camera worn by a person sees. They have not been measured:
that takes trained weights, and none came with egosearch. Where there are some, `python -m benchmarks prompts` measures.
"""

import re

TEMPLATES = (
    "{}",
    "a photo of {}.",
    "a first-person view of {}.",
    "a frame of a first-person video: {}.",
    "a photo taken by the person wearing the camera: {}.",
)
"""The first is the text alone, so that a whole sentence is also asked as it is."""

_WEARER = (
    (r"\b[Ii](?:['’]m| am| was)\b", "a person is"),
    (r"\b[Ww]e(?:['’]re| are| were)\b", "people are"),
    (r"\b[Ii]\b(?!\.)", "a person"),
    (r"\b[Ww]e\b", "people"),
    (r"\b(?:[Mm]y|[Oo]ur)\b", "the"),
    (r"\b(?:me|us)\b", "a person"),
)
"""What the wearer says of themselves, and what a caption says of somebody."""


def prompts(text: str) -> tuple[str, ...]:
    """Return the sentences that stand for a text.

    `my red mug` becomes `the red mug`, `a photo of the red mug.` and so on: people ask in the first person, captions
    are written in the third.
    """
    caption = third_person(text)
    return tuple(template.replace("{}", caption) for template in TEMPLATES)


def third_person(text: str) -> str:
    """Return a text as a caption would put it; one without `I`, `my` and their like stays as it is.

    `I am washing my hands` becomes `a person is washing the hands`.
    """
    caption = " ".join(text.split())
    for pattern, words in _WEARER:
        caption = re.sub(pattern, words, caption)
    return caption
