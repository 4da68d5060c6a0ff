"""Letters to families: what one says (`content`), and all of them as one PDF (`pdf`)."""

from vouchers.letters.content import Letter as Letter
from vouchers.letters.content import letter_of as letter_of
from vouchers.letters.pdf import LettersFailed as LettersFailed
from vouchers.letters.pdf import letters_pdf as letters_pdf
