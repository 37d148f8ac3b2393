"""script - reads a list of packets: lines of words, of which some are KEY=VALUE (README.md has the language)."""

import ipaddress
import re

WORD = re.compile(r'([^\s="]+)=("[^"]*"|\S*)|(\S+)')


class Line:
    """One line: its words without "=", and its keys in their order; `name` tells it from all others."""

    def __init__(self, name, text):
        self.name = name
        self.words = []
        self.keys = []
        for key, value, word in WORD.findall(text):
            if key:
                self.keys.append((key, value))
            else:
                self.words.append(word)


def read(path):
    """The lines of a list, each named by its test and its place in it."""
    lines, test, count = [], "", 0
    with open(path, encoding="utf-8") as file:
        for text in file:
            text = text.strip()
            if not text or text.startswith("#"):
                continue
            if text.startswith("test "):
                test, count = text[5:], 0
                continue
            count += 1
            lines.append(Line(f"{test} #{count}", text))
    return lines


def value(text):
    """The bytes that a value stands for: 0xHEX, "TEXT", an address, or numbers with commas between them."""
    if text.startswith("0x"):
        return bytes.fromhex(text[2:])
    if text.startswith('"'):
        return text[1:-1].encode()
    if text.count(".") == 3 or ":" in text:
        return ipaddress.ip_address(text).packed
    return bytes(int(number) for number in text.split(",") if number)
