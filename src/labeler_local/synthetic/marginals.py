"""What synthetic statements are drawn from: aggregates of real ones, and public names of cities.

Measured on 3,234 rows of 19 real accounts (2019-04 to 2020-03), then rounded, so that no number leads back to a row:
shares are counts over rows; amounts are the median and, on each side of it, the standard deviation of the log
amount read from the 10 %, 25 %, 75 % and 90 % quantiles (one normal does not fit: the upper tail is twice as long);
price habits are shares of last digits. Categories with fewer than 20 rows got a plausible spread instead of a
fitted one. Everything about accounts is fitted to 19 of them, so it is a shape, not an estimate.
"""

from typing import NamedTuple


class CategoryShape(NamedTuple):
    share: float
    """Of all rows, before normalising."""
    median: float
    """BRL."""
    spread_below: float
    """Standard deviation of the log amount under the median, and over it."""
    spread_above: float
    whole: float
    """Share of prices in whole reais."""
    tenths: float
    """Share of prices in whole tenths, such as 24,90."""
    nines: float
    """Share of prices that end in a 9, such as 19,99."""
    capital: float
    """Share of rows in the merchants' capital, SAO PAULO."""
    hubs: tuple[tuple[str, float], ...] = ()
    """Other places that the category's merchants book at, with their shares of rows."""
    abroad: float = 0.001
    odd_places: float = 0.2
    """How often a place is no place (a phone number, an id), against the average category."""


CATEGORY_SHAPES: dict[str, CategoryShape] = {
    "SERVIÇO": CategoryShape(0.379, 15.5, 0.64, 1.35, 0.19, 0.21, 0.08, 0.87, odd_places=0.5),
    "RESTAURANTE": CategoryShape(0.189, 29.5, 1.50, 1.20, 0.30, 0.43, 0.05, 0.68, abroad=0.003),
    "VAREJO": CategoryShape(0.117, 37.0, 1.10, 1.65, 0.19, 0.45, 0.12, 0.69),
    "SUPERMERCADOS": CategoryShape(0.082, 34.0, 1.00, 1.40, 0.31, 0.18, 0.07, 0.62, (("BARUERI", 0.05),)),
    "VESTUARIO": CategoryShape(0.046, 170.0, 0.95, 0.80, 0.35, 0.38, 0.11, 0.60, abroad=0.005),
    "M.O.T.O.": CategoryShape(
        0.037, 30.0, 0.45, 1.75, 0.16, 0.44, 0.08, 0.26,
        (("OSASCO", 0.30), ("CURITIBA", 0.16), ("RIO DE JANEIRO", 0.15), ("EDEN PRAIRIE", 0.02)), odd_places=11.0,
    ),
    "POSTO DE GAS": CategoryShape(0.036, 50.0, 0.70, 1.00, 0.55, 0.12, 0.07, 0.53),
    "FARMACIAS": CategoryShape(0.032, 60.0, 1.10, 0.80, 0.01, 0.12, 0.17, 0.68),
    "ARTIGOS ELETRO": CategoryShape(
        0.031, 29.0, 0.50, 1.65, 0.52, 0.20, 0.09, 0.64, (("CURITIBA", 0.12), ("OSASCO", 0.06)), odd_places=7.0
    ),
    "LOJA DE DEPART": CategoryShape(0.014, 130.0, 1.25, 0.95, 0.29, 0.20, 0.11, 0.44, (("RIO DE JANEIRO", 0.31),)),
    "CIA AEREAS": CategoryShape(0.0115, 405.0, 1.00, 1.60, 0.14, 0.19, 0.03, 0.68, (("BARUERI", 0.24),), abroad=0.03),
    "HOTEIS": CategoryShape(0.0053, 120.0, 0.60, 1.40, 0.41, 0.30, 0.05, 0.58, abroad=0.06),
    "HOSP E CLINICA": CategoryShape(0.0034, 600.0, 1.20, 0.60, 0.90, 0.05, 0.01, 0.70),
    "TRANS FINANC": CategoryShape(0.0031, 100.0, 1.00, 1.00, 0.30, 0.20, 0.05, 1.00),
    "AUTO PEÇAS": CategoryShape(0.0025, 240.0, 1.20, 1.00, 0.75, 0.20, 0.02, 0.62),
    "MOVEIS E DECOR": CategoryShape(0.0022, 370.0, 1.00, 1.20, 0.57, 0.10, 0.20, 0.30),
    "SEM RAMO": CategoryShape(0.0022, 57.0, 0.50, 1.00, 0.05, 0.60, 0.14, 0.60, odd_places=20.0),
    "MAT CONSTRUCAO": CategoryShape(0.0019, 110.0, 1.20, 1.40, 0.20, 0.60, 0.05, 0.67),
    "JOALHERIA": CategoryShape(0.0019, 180.0, 0.60, 0.90, 0.33, 0.45, 0.05, 0.80),
    "AGENCIA DE TUR": CategoryShape(0.0015, 1100.0, 0.70, 0.70, 0.20, 0.20, 0.15, 0.20, abroad=0.02),
    "INEXISTENTE": CategoryShape(0.0012, 6000.0, 1.00, 0.60, 0.05, 0.05, 0.20, 1.00),
    "ALUG DE CARROS": CategoryShape(0.0003, 600.0, 0.60, 0.60, 0.70, 0.20, 0.05, 0.50),
}  # fmt: skip
CATEGORIES_WITHOUT_AMOUNT = ("TRANS FINANC",)
CATEGORIES_WITHOUT_PLACE = ("TRANS FINANC", "INEXISTENTE")

ACCOUNT_CONCENTRATION = 6.5
"""Of the Dirichlet around the shares: rows of one account agree in category 0.31 of the time, of any two 0.21."""
RARE_SHAPE = 0.35
"""Lowest gamma shape, so that no account rents cars and does nothing else."""

ROWS_LOG_MEAN, ROWS_LOG_SPREAD, ROWS_MIN, ROWS_MAX = 4.79, 0.89, 20, 700
DAYS = 350
"""Length of the window that the rows of all accounts lie in."""
FULL_WINDOW_SHARE = 0.6
BURST_SHARE = 0.22
"""Rows on the same day as another row of their account, beyond chance."""
BURST_REPEATS = 0.5
"""Rows of a burst that go to the same merchant again."""
MONTHS = (0.93, 0.98, 1.05, 1.00, 1.02, 1.00, 1.06, 1.15, 0.88, 0.95, 1.06, 1.05)
WEEKDAYS = (1.02, 0.95, 0.93, 0.96, 1.08, 1.14, 0.92)
"""Monday first."""
MONTH_DAYS = (0.95,) * 4 + (1.15,) * 10 + (0.85,) * 9 + (0.97,) * 8

AGE_LOG_MEAN, AGE_LOG_SPREAD, AGE_MIN, AGE_MAX = 3.51, 0.25, 18, 90
FEMALE_SHARE = 0.67
PLAIN_ID_SHARE = 0.16
"""Ids short enough for the spreadsheet to leave them alone."""
LIMIT_LOG_MEAN, LIMIT_LOG_SPREAD = 8.5, 0.87
MOVING_LIMIT_SHARE = 0.26
"""Accounts whose limit changes within the year."""
UNUSED_MEAN, UNUSED_SPREAD, UNUSED_ROW_SPREAD = 0.47, 0.38, 0.20
"""Available limit over limit: of the accounts, and of the rows around their account."""

OWN_PLACE_BETA = (0.8, 8.0)
"""Share of an account's merchants that stand in its own second place."""
MERCHANT_TAIL = 0.85
"""Pareto index: the k-th merchant of an account and category is reached by (k + 1) ** -index of its rows."""
LOYAL_SHARE, SEASON_DAYS = 0.15, 40
"""Merchants that an account keeps all year; the others give way to new ones every season."""
FIXED_PRICE_SHARE = 0.25
"""Merchants that always charge the same, and the share of those that charge on a day of the month."""
MONTHLY_SHARE = 0.4
AMOUNT_PARTS = (0.40, 0.30, 0.866)
"""Of the log amount's spread: account and category, merchant, row. Squares add up to 1."""

SPELLINGS = (0.945, 0.030, 0.020, 0.005)
"""Of places: as cut, without blanks, in lower case, both."""
CITY_WIDTH = 22
CAPITAL = "SAO PAULO"
HOME_CITIES: tuple[tuple[str, str, float], ...] = (
    (CAPITAL, "SP", 0.66), ("GUARULHOS", "SP", 0.05), ("SANTO ANDRE", "SP", 0.04), ("S BERNARDO CAMPO", "SP", 0.04),
    ("OSASCO", "SP", 0.03), ("CAMPINAS", "SP", 0.03), ("EMBU DAS ARTES", "SP", 0.02), ("JUNDIAI", "SP", 0.02),
    ("CAMPO LIMPO PAULISTA", "SP", 0.01), ("MOGI DAS CRUZES", "SP", 0.01), ("SANTOS", "SP", 0.01), ("MAUA", "SP", 0.01),
    ("LOUVEIRA", "SP", 0.01), ("TABOAO DA SERRA", "SP", 0.01), ("SAO JOSE DOS CAMPOS", "SP", 0.01),
    ("RIO DE JANEIRO", "RJ", 0.01), ("BELO HORIZONTE", "MG", 0.01), ("CURITIBA", "PR", 0.01), ("BRASILIA", "DF", 0.01),
)  # fmt: skip
OTHER_PLACES: tuple[tuple[str, float], ...] = (
    ("OSASCO", 8.0), ("SANTO ANDRE", 6.0), ("CURITIBA", 5.0), ("RIO DE JANEIRO", 5.0), ("PRAIA GRANDE", 4.0),
    ("BARUERI", 4.0), ("JUNDIAI", 4.0), ("SAO BERNARDO DO CAMPO", 4.0), ("BRASILIA", 3.0), ("GUARULHOS", 3.0),
    ("SAO JOSE DO RIO PRETO", 3.0), ("SAO SEBASTIAO", 2.0), ("POUSO ALEGRE", 2.0), ("COTIA", 2.0), ("ITUPEVA", 1.5),
    ("VINHEDO", 1.5), ("CARAGUATATUBA", 1.5), ("MOGI DAS CRUZES", 1.5), ("CAMPO LIMPO PAULISTA", 1.0),
    ("EMBU DAS ARTES", 1.0), ("BALNEARIO CAMBORIU", 1.0), ("SAO CAETANO DO SUL", 1.0), ("TABOAO DA SERRA", 1.0),
    ("DIADEMA", 1.0), ("VITORIA", 1.0), ("BELO HORIZONTE", 1.0), ("CAJAMAR", 1.0), ("CAMPINAS", 1.0), ("MAUA", 0.5),
    ("FOZ DO IGUACU", 0.5), ("SAO JOSE DOS CAMPOS", 0.5), ("SAO JOSE DOS PINHAIS", 0.5), ("FRANCA", 0.5),
    ("BERTIOGA", 0.5), ("SANTANA DE PARNAIBA", 0.5), ("ITAPEVI", 0.5), ("JOINVILLE", 0.5), ("PORTO ALEGRE", 0.5),
    ("SANTOS", 0.5), ("VARZEA PAULISTA", 0.3), ("ITANHAEM", 0.3), ("LIMEIRA", 0.3), ("GUARUJA", 0.3), ("EXTREMA", 0.3),
    ("SAO GONCALO", 0.3), ("SERRA NEGRA", 0.3), ("BRAGANCA PAULISTA", 0.3), ("ITAPIRA", 0.3), ("PINHAIS", 0.3),
    ("RIBEIRAO PIRES", 0.3), ("RIBEIRAO PRETO", 0.3), ("BOTUCATU", 0.3), ("SOROCABA", 0.3), ("FORTALEZA", 0.3),
    ("SALVADOR", 0.3), ("RECIFE", 0.3), ("ARUJA", 0.3), ("RIO CLARO", 0.3), ("PRESIDENTE PRUDENTE", 0.3),
    ("VALINHOS", 0.3), ("ITU", 0.3), ("SUZANO", 0.3), ("FERRAZ DE VASCONCELOS", 0.3), ("TAUBATE", 0.3),
    ("MARILIA", 0.3), ("SAO ROQUE", 0.3), ("PIRACICABA", 0.3), ("FLORIANOPOLIS", 0.3), ("GOIANIA", 0.3),
    ("EDEN PRAIRIE", 0.05),
)  # fmt: skip
FOREIGN_PLACES: tuple[tuple[str, str], ...] = (
    ("SANTIAGO", "CL"), ("LIMA", "PE"), ("BUENOS AIRES", "AR"), ("MIAMI", "US"), ("ORLANDO", "US"), ("NEW YORK", "US"),
    ("SAN FRANCISCO", "US"), ("LONDON", "GB"), ("LISBOA", "PT"), ("MADRID", "ES"), ("PARIS", "FR"),
)  # fmt: skip
ODD_PLACES: tuple[tuple[str, str], ...] = (
    ("202-555-0143", "US"), ("415-555-0118", "US"), ("614-555-0172", "OH"), ("www.loja.com", "BR"), ("help.app.com", "GB"),
    ("5,50E+11", "BR"), ("5,52E+11", "BR"), ("5,53E+11", "BR"), ("1155550134", "BR"), ("0800 555 013", "BR"),
)  # fmt: skip
"""What stands where a place should: reserved phone numbers, addresses, ids as a spreadsheet left them."""
