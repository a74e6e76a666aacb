"""Where an exported model lies, by its name.

| variant | means |
| --- | --- |
| `ViT-B-32-laion2b_s34b_b79k-fp16` | a folder of `exported` in the models' folder |
| `/home/me/model` | a folder anywhere |

One for sound may end in `?window_s=5&hop_s=2.5`, as LAION-CLAP's names may.
"""

from pathlib import Path

from indexers.encoders.exported.settings import ExportedSettings, SoundSettings, read_settings
from indexers.encoders.model_folder import models_folder
from indexers.errors import EncoderError

FOLDER = "exported"
PICTURE_S = 1.0
"""Window and hop of pictures, as OpenCLIP's."""


def find(variant: str) -> tuple[Path, ExportedSettings, float, float]:
    """Return a model's folder and settings, and the window and hop that were asked for, in seconds.

    Raises:
        EncoderError: It is not there or damaged, or such windows cannot be.
    """
    name, _, options = variant.partition("?")
    folder = _folder(name)
    settings = read_settings(folder)
    if isinstance(settings.window, SoundSettings):
        from indexers.encoders.laion_clap.naming import parse

        asked = parse(f"{FOLDER}?{options}" if options else FOLDER)  # the name is not looked at
        return folder, settings, asked.window_s, asked.hop_s
    if options:
        raise EncoderError(f"the encoder {FOLDER}:{name} has no options; name it without ?{options}")
    return folder, settings, PICTURE_S, PICTURE_S


def _folder(name: str) -> Path:
    if not name:
        raise EncoderError(f"the encoder {FOLDER} needs a model; {_there_are()}")
    path = Path(name).expanduser()
    if path.is_absolute():
        if not path.is_dir():
            raise EncoderError(f"there is no folder {path} with an exported model; check the path")
        return path
    folder = models_folder() / FOLDER / name
    if path.name != name or not folder.is_dir():
        raise EncoderError(f"there is no exported model {name!r} on this machine; {_there_are()}")
    return folder


def _there_are() -> str:
    known = sorted(path.parent.name for path in (models_folder() / FOLDER).glob("*/model.json"))
    if known:
        return f"there are {', '.join(known)}"
    return "make one with `egosearch models export`"
