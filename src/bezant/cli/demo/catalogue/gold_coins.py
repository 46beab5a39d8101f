"""Gold coins: the ziynet series, the Ata and Republic series, and fine ounce coins."""

from typing import Final

from bezant.cli.demo.catalogue.items import Translated
from bezant.cli.demo.catalogue.lines import Line, Piece, products_of
from bezant.kernel.metal import Metal

_ZIYNET: Final = Line(
    prefix="ZYN",
    first_id=3_002_000,
    category="ziynet-altin",
    shape="coin",
    metal=Metal.GOLD,
    fineness=9_160,
    tax="none",
    shipping_minor=6_500,
    commission_basis_points=120,
    legend="ZİYNET",
    name=Translated(tr="{w} Ziynet Altın", en="{w} Ziynet Coin"),
    made=Translated(
        tr="Brüt {w}, {f} milyem (22 ayar); has karşılığı {n}. Çapı ve kalınlığı {d} mm'dir.",
        en="Gross {w} at {f} fineness (22 carat), {n} of it fine gold. Diameter and thickness are"
        " {d} mm.",
    ),
    packed=Translated(
        tr="Kilitli şeffaf poşette ve ayar etiketiyle verilir; istenirse takı kurdelesi eklenir.",
        en="It comes in a sealed clear pouch with an assay label; a gift ribbon is added on"
        " request.",
    ),
)
_ATA: Final = Line(
    prefix="ATA",
    first_id=3_002_100,
    category="ata-cumhuriyet",
    shape="coin",
    metal=Metal.GOLD,
    fineness=9_160,
    tax="none",
    shipping_minor=6_500,
    commission_basis_points=120,
    legend="ATA",
    name=Translated(tr="{w} Ata Altın", en="{w} Ata Coin"),
    made=Translated(
        tr="Brüt {w}, {f} milyem (22 ayar); has karşılığı {n}. Çapı ve kalınlığı {d} mm'dir,"
        " kenarı tırtıllıdır.",
        en="Gross {w} at {f} fineness (22 carat), {n} of it fine gold. Diameter and thickness are"
        " {d} mm, and the edge is reeded.",
    ),
    packed=Translated(
        tr="Yuvarlak koruyucu kapsül içinde, ağırlığı ve ayarı gösteren kartıyla verilir.",
        en="It comes in a round protective capsule with a card that states its weight and"
        " fineness.",
    ),
)
_OUNCE: Final = Line(
    prefix="OZG",
    first_id=3_002_200,
    category="ons-altin",
    shape="coin",
    metal=Metal.GOLD,
    fineness=9_999,
    tax="none",
    shipping_minor=6_500,
    commission_basis_points=120,
    legend="ALTIN",
    name=Translated(tr="{w} Altın Sikke", en="{w} Gold Coin"),
    made=Translated(
        tr="{w} ağırlığında ve {f} milyem saflıktadır; çapı ve kalınlığı {d} mm'dir. Ön yüzünde"
        " defne çelengi, arka yüzünde sekiz köşeli yıldız vardır.",
        en="It weighs {w} at {f} fineness; diameter and thickness are {d} mm. Its face shows a"
        " laurel wreath, its back an eight-pointed star.",
    ),
    packed=Translated(
        tr="Hava almayan kapsülde, numaralı sertifikasıyla ve ahşap görünümlü kutusuyla sunulur.",
        en="It is presented in an airtight capsule, with a numbered certificate and a wood-look"
        " case.",
    ),
)

# A coin is one row of figures and its two texts; the formatter would give each figure a line.
GOLD_COINS: Final = (
    *products_of(
        _ZIYNET,
        (
            Piece(
                1_754, "18 × 0.4", 7_500, 90, 640, "ÇEYREK",
                Translated(tr="Çeyrek Altın, Yeni Tarihli", en="Quarter Ziynet Coin, New Date"),
                Translated(
                    tr="Düğünlerin ve doğumların vazgeçilmez hediyesi olan çeyrek altın.",
                    en="The quarter coin that no Turkish wedding or birth goes without.",
                ),
            ),
            Piece(
                3_508, "22 × 0.55", 9_500, 80, 380, "YARIM",
                Translated(tr="Yarım Altın, Yeni Tarihli", en="Half Ziynet Coin, New Date"),
                Translated(
                    tr="İki çeyrek değerinde, yakın akrabaların tercih ettiği yarım altın.",
                    en="The half coin, worth two quarters and the choice of close relatives.",
                ),
            ),
            Piece(
                7_016, "22 × 1.05", 12_500, 70, 290, "TAM",
                Translated(tr="Tam Altın, Yeni Tarihli", en="Full Ziynet Coin, New Date"),
                Translated(
                    tr="Ziynet serisinin ölçüsü sayılan ve teklik de denilen tam altın.",
                    en="The full coin, the measure of the ziynet series, also called a single.",
                ),
            ),
            Piece(
                17_540, "30 × 1.42", 22_000, 65, 80, "GREMSE",
                Translated(tr="Gremse (İkibuçukluk) Ziynet", en="Gremse (Two and a Half) Ziynet"),
                Translated(
                    tr="İki buçuk tam altın ağırlığındaki gremse, kolyeye takılmaya uygundur.",
                    en="The gremse weighs two and a half full coins and is often worn on a chain.",
                ),
            ),
            Piece(
                35_080, "40 × 1.6", 36_000, 60, 35, "BEŞLİ",
                Translated(tr="Beşli (Beşibiryerde) Ziynet", en="Five-in-One Ziynet Coin"),
                Translated(
                    tr="Beş tam altını tek parçada toplayan geleneksel beşibiryerde.",
                    en="The traditional five-in-one: five full coins in a single piece.",
                ),
            ),
            Piece(
                1_754, "18 × 0.4", 6_000, 45, 210, "ÇEYREK",
                Translated(tr="Çeyrek Altın, Eski Tarihli", en="Quarter Ziynet Coin, Old Date"),
                Translated(
                    tr="Önceki yıllarda basılmış, makası dar olduğu için birikime uygun çeyrek.",
                    en="A quarter struck in an earlier year; its small spread suits savers.",
                ),
            ),
            Piece(
                3_508, "22 × 0.55", 7_500, 42, 160, "YARIM",
                Translated(tr="Yarım Altın, Eski Tarihli", en="Half Ziynet Coin, Old Date"),
                Translated(
                    tr="Önceki yıllarda basılmış, elden ele geçmiş ama ağırlığı tam yarım altın.",
                    en="A half coin of an earlier year, handled before and of full weight.",
                ),
            ),
            Piece(
                7_016, "22 × 1.05", 10_000, 40, 0, "TAM",
                Translated(tr="Tam Altın, Eski Tarihli", en="Full Ziynet Coin, Old Date"),
                Translated(
                    tr="Önceki yıllarda basılmış, yeni tarihlisinden hesaplı tam altın.",
                    en="A full coin of an earlier year, a little cheaper than one of this year.",
                ),
            ),
        ),
    ),
    *products_of(
        _ATA,
        (
            Piece(
                1_804, "16 × 0.52", 8_500, 95, 240, "ÇEYREK ATA",
                Translated(tr="Çeyrek Ata Altın", en="Quarter Ata Coin"),
                Translated(
                    tr="Ata serisinin en küçüğü; ziynet çeyreğinden biraz ağır ve daha kalındır.",
                    en="The smallest of the Ata series, heavier and thicker than a ziynet quarter.",
                ),
            ),
            Piece(
                3_608, "18 × 0.82", 10_500, 85, 190, "YARIM ATA",
                Translated(tr="Yarım Ata Altın", en="Half Ata Coin"),
                Translated(
                    tr="Birikimini orta boy parçalarla yapanlar için yarım Ata altın.",
                    en="The half Ata, for those who save in pieces of middling size.",
                ),
            ),
            Piece(
                7_216, "22 × 1.1", 13_500, 72, 330, "CUMHURİYET",
                Translated(tr="Ata Lira (Cumhuriyet Altını)", en="Ata Lira (Republic Coin)"),
                Translated(
                    tr="Cumhuriyet altını adıyla bilinen, yatırım için en çok aranan Ata lira.",
                    en="The Ata lira, known as the republic coin and the savers' favourite.",
                ),
            ),
            Piece(
                18_040, "29 × 1.56", 24_000, 66, 60, "İKİBUÇUK ATA",
                Translated(tr="İkibuçuk Ata Altın", en="Two and a Half Ata Coin"),
                Translated(
                    tr="İki buçuk Ata lirayı tek parçada toplayan, kalın ve dolgun sikke.",
                    en="Two and a half Ata liras in a single thick and weighty coin.",
                ),
            ),
            Piece(
                36_080, "36 × 2.05", 39_000, 62, 25, "BEŞLİ ATA",
                Translated(tr="Beşli Ata Altın", en="Five-in-One Ata Coin"),
                Translated(
                    tr="Ata serisinin en ağır parçası; kuşaktan kuşağa bırakılan beşli.",
                    en="The heaviest of the Ata series, the piece that families hand down.",
                ),
            ),
        ),
    ),
    *products_of(
        _OUNCE,
        (
            Piece(
                3_110, "16.5 × 0.78", 14_000, 210, 75, "1/10 ONS",
                Translated(tr="1/10 Ons 999,9 Altın Sikke", en="1/10 oz 999.9 Gold Coin"),
                Translated(
                    tr="Ons serisine küçük bir adımla başlamak isteyenler için onda bir ons.",
                    en="A tenth of an ounce, a small first step into the ounce series.",
                ),
            ),
            Piece(
                7_776, "22 × 1.08", 19_500, 150, 55, "1/4 ONS",
                Translated(tr="1/4 Ons 999,9 Altın Sikke", en="1/4 oz 999.9 Gold Coin"),
                Translated(
                    tr="Tam altına yakın ağırlıkta, ama has altından basılmış çeyrek ons.",
                    en="A quarter ounce: near the weight of a full coin, yet of fine gold.",
                ),
            ),
            Piece(
                15_552, "27 × 1.42", 28_000, 120, 40, "1/2 ONS",
                Translated(tr="1/2 Ons 999,9 Altın Sikke", en="1/2 oz 999.9 Gold Coin"),
                Translated(
                    tr="Hediye ile yatırımın arasında duran yarım ons has altın sikke.",
                    en="A half ounce of fine gold that stands between gift and investment.",
                ),
            ),
            Piece(
                31_104, "32.5 × 1.97", 42_000, 95, 45, "1 ONS",
                Translated(tr="1 Ons 999,9 Altın Sikke", en="1 oz 999.9 Gold Coin"),
                Translated(
                    tr="Dünyanın her yerinde tanınan ölçüde, bir tam ons has altın sikke.",
                    en="A full ounce of fine gold, the measure that is known the world over.",
                ),
            ),
        ),
    ),
)  # fmt: skip
