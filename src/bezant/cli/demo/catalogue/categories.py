"""The shelves of the demo shop."""

from typing import Final

from bezant.cli.demo.catalogue.items import DemoCategory, Translated

_TREE: Final[tuple[tuple[str, str | None, str, str], ...]] = (
    ("altin", None, "Altın", "Gold"),
    ("gram-altin", "altin", "Gram Altın", "Gram Gold"),
    ("kulce-altin", "altin", "Külçe Altın", "Gold Bars"),
    ("desenli-altin", "altin", "Desenli Gram Altın", "Patterned Gold Bars"),
    ("hediyelik-altin", "altin", "Hediyelik Altın", "Gift Gold"),
    ("22-ayar-gram-altin", "altin", "22 Ayar Gram Altın", "22 Carat Gram Gold"),
    ("sikke-altin", None, "Sikke Altın", "Gold Coins"),
    ("ziynet-altin", "sikke-altin", "Ziynet Altın", "Ziynet Coins"),
    ("ata-cumhuriyet", "sikke-altin", "Ata ve Cumhuriyet Altını", "Ata and Republic Coins"),
    ("ons-altin", "sikke-altin", "Ons Altın Sikke", "Gold Ounce Coins"),
    ("gumus", None, "Gümüş", "Silver"),
    ("gumus-kulce", "gumus", "Külçe Gümüş", "Silver Bars"),
    ("gumus-sikke", "gumus", "Gümüş Sikke", "Silver Coins"),
    ("platin", None, "Platin", "Platinum"),
    ("platin-kulce", "platin", "Külçe Platin", "Platinum Bars"),
    ("platin-sikke", "platin", "Platin Sikke", "Platinum Coins"),
    ("paladyum", None, "Paladyum", "Palladium"),
    ("paladyum-kulce", "paladyum", "Külçe Paladyum", "Palladium Bars"),
    ("paladyum-sikke", "paladyum", "Paladyum Sikke", "Palladium Coins"),
)

CATEGORIES: Final = tuple(
    DemoCategory(slug=slug, name=Translated(tr=tr, en=en), parent_slug=parent, position=position)
    for position, (slug, parent, tr, en) in enumerate(_TREE, start=1)
)
