"""Sentences for the benchmark of speech, and what is asked about them.

Written down before any of it was searched, and not changed since: what they measure is not what was tuned.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["keywords", "paraphrase", "misheard"]


@dataclass(frozen=True)
class Asked:
    """A query about one of the sentences."""

    text: str
    sentence: int
    """Its number in `SENTENCES`."""
    kind: Kind
    """Words of the sentence; other words for it; or names and numbers, which a recogniser gets wrong first."""


SENTENCES = (
    "I booked the table at the Italian restaurant for half past seven.",
    "The landlord said the boiler will be repaired next Wednesday.",
    "Did anybody feed the rabbits this morning?",
    "My brother is learning to play the trombone.",
    "The second draft of the contract is on your desk.",
    "We ran out of olive oil and garlic.",
    "Her wedding is in the old church near the harbour.",
    "I have to renew my passport before the summer holidays.",
    "The children built a snowman behind the garage.",
    "Turn left after the bridge and follow the river.",
    "The vaccination is free for everyone over sixty.",
    "He scored two goals in the final minutes of the match.",
    "This jacket is too tight around the shoulders.",
    "The exam was postponed because the professor is ill.",
    "Put the leftovers in the freezer when they have cooled down.",
    "I dreamed that I was flying over a desert.",
    "The elevator is out of order, so take the stairs.",
    "Nobody told me that the concert was sold out.",
    "We painted the bedroom ceiling in light blue.",
    "The mechanic found a leak in the fuel pump.",
    "Grandma keeps the recipe for the plum cake a secret.",
    "Your parcel was delivered to the neighbours on the third floor.",
    "The satellite takes a picture of the glacier every day.",
    "I am allergic to peanuts and shellfish.",
    "They want to open a bakery in the village.",
    "The spreadsheet has a mistake in column seven.",
    "Our tent was blown away by the storm.",
    "She is writing a novel about a lighthouse keeper.",
    "The insurance does not pay for the broken windscreen.",
    "Let us meet in front of the cinema at quarter to nine.",
    "The dentist says that I should floss more often.",
    "There are wild strawberries along the path to the lake.",
    "My laptop battery does not last longer than an hour.",
    "The bank refused to give them a mortgage.",
    "Yesterday a fox walked through our garden.",
    "The new colleague comes from Reykjavik.",
    "We have to replace the server before Friday night.",
    "Uncle Bartholomew sold his vineyard in Tuscany.",
    "The platform for the express to Vienna has changed to eleven.",
    "I owe you forty three euros for the groceries.",
    "Doctor Okonkwo wants to see the blood test again.",
    "The code for the bicycle lock is six one nine four.",
    "Professor Szymanski will give the lecture on volcanoes.",
    "Zoe and Xavier are moving to Melbourne in October.",
    "The meeting with Nakamura was moved to the ninth of March.",
    "Agnieszka lent me her bassoon for the rehearsal.",
    "The pharmacy in Worcester Street closes at eight.",
    "Please send the quarterly figures to Mister Abernathy.",
    "We saw puffins and razorbills near the cliffs of Moher.",
    "Quentin broke his collarbone while snowboarding.",
    "The cough syrup is in the cupboard above the sink.",
    "Could you iron my white shirt for the interview?",
    "The orchestra is looking for a second cellist.",
    "He apologised for shouting at the referee.",
    "They found Roman coins under the car park.",
    "I would rather watch the documentary about whales.",
    "The washing powder is on the top shelf.",
    "Our accountant retires at the end of the year.",
    "The kitten climbed up the curtains again.",
    "You can borrow the ladder until the weekend.",
)

QUERIES = (
    Asked("the Italian restaurant", 0, "keywords"),
    Asked("when the landlord mentioned the boiler", 1, "keywords"),
    Asked("the part where she talks about the contract draft", 4, "keywords"),
    Asked("someone says olive oil and garlic", 5, "keywords"),
    Asked("renewing the passport", 7, "keywords"),
    Asked("the leak in the fuel pump", 19, "keywords"),
    Asked("plum cake recipe", 20, "keywords"),
    Asked("when he said that the exam was postponed", 13, "keywords"),
    Asked("allergic to peanuts", 23, "keywords"),
    Asked("the moment we discussed the mortgage", 33, "keywords"),
    Asked("wild strawberries", 31, "keywords"),
    Asked("they talk about opening a bakery", 24, "keywords"),
    Asked("the documentary about whales", 55, "keywords"),
    Asked("cough syrup", 50, "keywords"),
    Asked("Roman coins", 54, "keywords"),
    Asked("where the reservation for dinner was made", 0, "paraphrase"),
    Asked("somebody asks whether the pets were given something to eat", 2, "paraphrase"),
    Asked("a musical instrument that my brother practises", 3, "paraphrase"),
    Asked("she tells us where the marriage takes place", 6, "paraphrase"),
    Asked("directions for the way on foot along the water", 9, "paraphrase"),
    Asked("someone mentions clothes that do not fit", 12, "paraphrase"),
    Asked("what to do with the food that was not eaten", 14, "paraphrase"),
    Asked("someone says that the lift does not work", 16, "paraphrase"),
    Asked("no more tickets were left for the show", 17, "paraphrase"),
    Asked("they mention the colour of the walls upstairs", 18, "paraphrase"),
    Asked("the package was left with the people next door", 21, "paraphrase"),
    Asked("when he talked about an error in the table of numbers", 25, "paraphrase"),
    Asked("the camping trip in bad weather", 26, "paraphrase"),
    Asked("a book that she is working on", 27, "paraphrase"),
    Asked("taking better care of my teeth", 30, "paraphrase"),
    Asked("the new coworker from Reykjavik", 35, "misheard"),
    Asked("when they mention Uncle Bartholomew", 37, "misheard"),
    Asked("the train to Vienna leaves from another platform", 38, "misheard"),
    Asked("forty three euros", 39, "misheard"),
    Asked("Doctor Okonkwo and the blood test", 40, "misheard"),
    Asked("she says the code of the bicycle lock", 41, "misheard"),
    Asked("Szymanski lectures about volcanoes", 42, "misheard"),
    Asked("Zoe and Xavier move to Melbourne", 43, "misheard"),
    Asked("someone mentions Agnieszka's bassoon", 45, "misheard"),
    Asked("puffins and razorbills", 48, "misheard"),
)

ABSENT = (
    "the part where she mentions the divorce",
    "someone talks about the election results",
    "when he said that he quit his job",
    "a helicopter rescue in the mountains",
    "the price of the concert piano",
    "they discuss the colour of the curtains",
    "somebody says happy birthday",
    "the recipe for lentil soup",
    "someone mentions a parking ticket",
    "she talks about her yoga class",
    "when we discussed the robbery",
    "the moment he mentions quantum physics",
    "a lost wallet",
    "somebody asks for the time of the ferry",
    "they mention the chess tournament",
    "the crocodile in the zoo",
    "someone says that the printer is jammed",
    "when she told us about her pregnancy",
    "the password of the router",
    "he explains how to change a tyre",
)
