"""Real municipalities for invented schools: our own short list, before and after 1 January 2025.

Name, NIS code and main postcode are public facts; the last number only says how densely the demo
places schools there. On 1 January 2025 municipalities merged, and Zwijndrecht moved with its merger
from Antwerpen to Oost-Vlaanderen (docs/facts.md).

Tested in `local.sample.tests.test_wave`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from schools.models import Province

MERGED_ON = date(2025, 1, 1)


@dataclass(frozen=True, slots=True)
class Municipality:
    """A place with schools; `thickness`: its share of schools compared with the others."""

    name: str
    nis_code: str
    postcode: str
    province: str
    thickness: int = 0


@dataclass(frozen=True, slots=True)
class Merger:
    """Which municipalities became which one."""

    into: Municipality
    names: tuple[str, ...]


# Before 2025, one municipality per line: NIS code, main postcode, thickness, name.
BEFORE = {
    Province.ANTWERPEN: """
        11002 2000 330 Antwerpen
        11007 2150   6 Borsbeek
        11008 2930  30 Brasschaat
        11013 2650  12 Edegem
        11023 2950  12 Kapellen
        11024 2550  13 Kontich
        11029 2640  15 Mortsel
        11040 2900  20 Schoten
        11056 2070  10 Zwijndrecht
        12014 2220  25 Heist-op-den-Berg
        12021 2500  25 Lier
        12025 2800  65 Mechelen
        12040 2830  11 Willebroek
        12041 2870  18 Puurs-Sint-Amands
        13008 2440  30 Geel
        13011 2200  20 Herentals
        13014 2320  15 Hoogstraten
        13025 2400  30 Mol
        13040 2300  40 Turnhout
        13049 2260  17 Westerlo
    """,
    Province.BRUSSEL: """
        21001 1070  35 Anderlecht
        21003 1082   9 Sint-Agatha-Berchem
        21004 1000  45 Brussel
        21005 1040  10 Etterbeek
        21006 1140   8 Evere
        21008 1083   7 Ganshoren
        21010 1090  12 Jette
        21012 1080  20 Sint-Jans-Molenbeek
        21015 1030  20 Schaarbeek
        21016 1180   9 Ukkel
        21018 1200  10 Sint-Lambrechts-Woluwe
        21019 1150  11 Sint-Pieters-Woluwe
    """,
    Province.LIMBURG: """
        71004 3580  24 Beringen
        71016 3600  44 Genk
        71022 3500  55 Hasselt
        71053 3800  26 Sint-Truiden
        71057 3980  13 Tessenderlo
        71069 3945   7 Ham
        71070 3550  21 Heusden-Zolder
        72004 3960  13 Bree
        72020 3920  23 Lommel
        72021 3680  23 Maaseik
        72039 3530  18 Houthalen-Helchteren
        72041 3650  14 Dilsen-Stokkem
        73006 3740  20 Bilzen
        73009 3840   8 Borgloon
        73032 3730   7 Hoeselt
        73040 3720   6 Kortessem
        73042 3620  13 Lanaken
        73083 3700  26 Tongeren
        73107 3630  26 Maasmechelen
    """,
    Province.OOST_VLAANDEREN: """
        41002 9300  65 Aalst
        41018 9500  21 Geraardsbergen
        41048 9400  19 Ninove
        41081 9620  18 Zottegem
        42006 9200  28 Dendermonde
        42008 9220  16 Hamme
        42025 9230  22 Wetteren
        43005 9900  21 Eeklo
        44012 9840   6 De Pinte
        44019 9940  18 Evergem
        44021 9000 180 Gent
        44034 9080   9 Lochristi
        44040 9090   7 Melle
        44043 9820  10 Merelbeke
        44045 9180   4 Moerbeke
        44048 9810   6 Nazareth
        44073 9185   4 Wachtebeke
        44083 9800  29 Deinze
        44084 9880  14 Aalter
        45035 9700  31 Oudenaarde
        45041 9600  13 Ronse
        46003 9120  25 Beveren
        46013 9150   8 Kruibeke
        46014 9160  33 Lokeren
        46021 9100  60 Sint-Niklaas
        46025 9140  13 Temse
    """,
    Province.VLAAMS_BRABANT: """
        23002 1730  17 Asse
        23003 1650  12 Beersel
        23016 1700  20 Dilbeek
        23023 1570   5 Galmaarden
        23024 1755   6 Gooik
        23025 1850  12 Grimbergen
        23027 1500  25 Halle
        23032 1540   4 Herne
        23062 3090  14 Overijse
        23077 1600  13 Sint-Pieters-Leeuw
        23088 1800  29 Vilvoorde
        23094 1930  11 Zaventem
        24001 3200  25 Aarschot
        24020 3290  23 Diest
        24062 3000  80 Leuven
        24107 3300  19 Tienen
    """,
    Province.WEST_VLAANDEREN: """
        31004 8370  12 Blankenberge
        31005 8000  95 Brugge
        31033 8820  19 Torhout
        31043 8300  14 Knokke-Heist
        32003 8600  12 Diksmuide
        33011 8900  29 Ieper
        33021 8970  19 Poperinge
        34013 8530  13 Harelbeke
        34022 8500  75 Kortrijk
        34027 8930  21 Menen
        34040 8790  27 Waregem
        35013 8400  40 Oostende
        36008 8870  16 Izegem
        36015 8800  50 Roeselare
        37007 8760   7 Meulebeke
        37012 8755   4 Ruiselede
        37015 8700  16 Tielt
        37018 8750   8 Wingene
        38025 8630  13 Veurne
    """,
    Province.HENEGOUWEN: """
        57097 7780   1 Komen-Waasten
    """,
}


# What they became: NIS code, main postcode, name = the former ones. A code that existed before took
# the others in; otherwise all of them ended.
SINCE_2025 = {
    Province.ANTWERPEN: """
        11002 2000 Antwerpen = Borsbeek
    """,
    Province.LIMBURG: """
        71071 3980 Tessenderlo-Ham = Tessenderlo, Ham
        71072 3500 Hasselt = Hasselt, Kortessem
        73110 3740 Bilzen-Hoeselt = Bilzen, Hoeselt
        73111 3700 Tongeren-Borgloon = Tongeren, Borgloon
    """,
    Province.OOST_VLAANDEREN: """
        44086 9810 Nazareth-De Pinte = Nazareth, De Pinte
        44087 9080 Lochristi = Lochristi, Wachtebeke
        44088 9820 Merelbeke-Melle = Merelbeke, Melle
        46029 9160 Lokeren = Lokeren, Moerbeke
        46030 9120 Beveren-Kruibeke-Zwijndrecht = Beveren, Kruibeke, Zwijndrecht
    """,
    Province.VLAAMS_BRABANT: """
        23106 1755 Pajottegem = Galmaarden, Gooik, Herne
    """,
    Province.WEST_VLAANDEREN: """
        37021 8750 Wingene = Wingene, Ruiselede
        37022 8700 Tielt = Tielt, Meulebeke
    """,
}


def before_2025() -> list[Municipality]:
    """The list as it was in 2020."""
    return [
        Municipality(name, nis_code, postcode, province, int(thickness))
        for province, lines in BEFORE.items()
        for nis_code, postcode, thickness, name in _fields(lines, 4)
    ]


def mergers() -> list[Merger]:
    """What merged on MERGED_ON."""
    found = []
    for province, lines in SINCE_2025.items():
        for nis_code, postcode, names in _fields(lines, 3):
            name, _equals, parts = names.partition(" = ")
            into = Municipality(name, nis_code, postcode, province)
            found.append(Merger(into, tuple(parts.split(", "))))
    return found


def _fields(lines: str, count: int) -> Iterator[list[str]]:
    return (line.split(maxsplit=count - 1) for line in lines.strip().splitlines())
