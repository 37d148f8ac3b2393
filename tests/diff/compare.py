#!/usr/bin/env python3
"""compare README CONF KEA BERTH - what two servers answered to one list of packets, and the leases they have then.

Each of KEA and BERTH is a folder with answers.json and, if there are any, leases.csv. A difference is meant if a row of
the table in README says so; one that no row names fails, and so does a row of this configuration that nothing needs.
"""

import csv
import fnmatch
import json
import os
import re
import sys

UNEQUAL_LEASE = ("expire", "pool_id", "user_context", "hwaddr_source")
NAK = "06"
GONE = ("2", "3")  # reclaimed, or released, and kept for its owner: today's Kea and Berth do that, Kea 2.2 does not
OWN_HINT = re.compile(r"\.([89]\d|[12]\d\d)$|:[9a]\w\w(::)?(/|$)")  # what chance.py has clients ask for, or reserves
LEASED = re.compile(r" option (5|26) \S+ lifetimes$")
ROW = re.compile(r"^\| `(?P<conf>[^`]+)` \| `(?P<test>[^`]+)` \| `(?P<field>[^`]+)` \| (?P<why>.+) \|$")


class Chance:
    """Which answers to packets made by chance.py say nothing: an address that was not asked for is either server's choice,
    and so is what comes of it; and Kea has words where Berth has nothing to say: it acknowledges INFORMs and refuses
    REQUESTs and CONFIRMs from where no subnet is, and tells a REBIND that there is nothing."""

    def __init__(self, conf):
        self.on = conf.startswith("chance")
        self.lost = set()

    def decides(self, name, what, kea, berth):
        if not self.on:
            return False
        if name.startswith("lease "):
            return not OWN_HINT.search(name)
        client = what.split()[1]
        if kea and berth and not leased(kea) and not leased(berth):
            for fields in kea, berth:  # Kea 2.2 forgets its rules for names where it has no lease
                fields.pop("option 39", None)
        if kea and berth and leased(kea) and leased(berth):
            unlike = leased(kea) ^ leased(berth)
            if unlike and not any(map(OWN_HINT.search, unlike)):
                self.lost.add(client)
        if berth is None and kea and not leased(kea) and ("option 1" not in kea or what.split()[0] in ("rebind", "confirm")):
            return True
        return client in self.lost


def leased(fields):
    """The addresses and prefixes that an answer has."""
    found = {text.split()[-2] for text in fields if LEASED.search(text)}
    return found | ({fields["yiaddr"]} - {"0.0.0.0"} if "yiaddr" in fields else set())


class Meant:
    """The table of differences that are meant: patterns of configuration, test and field."""

    def __init__(self, path, conf):
        with open(path, encoding="utf-8") as file:
            rows = [match.groupdict() for match in map(ROW.match, file.read().splitlines()) if match]
        self.rows = [row for row in rows if fnmatch.fnmatchcase(conf, row["conf"])]
        self.needed = set()
        self.exact = [row for row in self.rows if "*" not in row["conf"]]

    def has(self, test, field):
        for number, row in enumerate(self.rows):
            if fnmatch.fnmatchcase(test, row["test"]) and fnmatch.fnmatchcase(field, row["field"]):
                self.needed.add(number)
                return True
        return False

    def unneeded(self):
        return [row for n, row in enumerate(self.rows) if n not in self.needed and row in self.exact]


def lease_fields(folder):
    """The last row of each lease, by address; what was removed has none."""
    leases = {}
    path = os.path.join(folder, "leases.csv")
    if not os.path.exists(path):
        return leases
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["address"] + ("/" + row["prefix_len"] if "prefix_len" in row else "")
            leases.pop(key, None)
            if row["valid_lifetime"] != "0" and row["state"] not in GONE:
                leases[key] = {k: v for k, v in row.items() if k not in UNEQUAL_LEASE}
    return leases


def differences(kea, berth):
    """(field, Kea's, Berth's) where they are not the same."""
    if kea is None or berth is None:
        if kea != berth:
            yield "answer", "silence" if kea is None else "one", "silence" if berth is None else "one"
        return
    refused = " of a NAK" if kea.get("option 53") == berth.get("option 53") == NAK else ""
    for field in sorted(set(kea) | set(berth)):
        if kea.get(field) != berth.get(field):
            yield field + refused, kea.get(field), berth.get(field)


def pairs(kea, berth):
    """(name, what it is, Kea's fields, Berth's) of all answers and then of all leases."""
    with open(os.path.join(kea, "answers.json"), encoding="utf-8") as one:
        with open(os.path.join(berth, "answers.json"), encoding="utf-8") as other:
            for (name, what, left), (_, _, right) in zip(json.load(one), json.load(other), strict=True):
                yield name, what, left, right
    left, right = lease_fields(kea), lease_fields(berth)
    for key in sorted(set(left) | set(right)):
        yield f"lease {key}", "at the end", left.get(key), right.get(key)


def main():
    readme, conf, kea, berth = sys.argv[1:]
    meant, chance, good, bad, shared = Meant(readme, conf), Chance(conf), 0, 0, 0
    for name, what, left, right in pairs(kea, berth):
        if chance.decides(name, what, left, right):
            continue
        unmeant = [d for d in differences(left, right) if not meant.has(name, d[0])]
        good += not unmeant
        bad += bool(unmeant)
        shared += left is not None and right is not None
        for field, one, other in unmeant:
            print(f"FAILED  {conf}: {name} ({what}): {field}\n          Kea:   {one}\n          Berth: {other}")
    for row in meant.unneeded():
        bad += 1
        print(f"FAILED  {conf}: no difference needs the row {row['test']} | {row['field']}")
    print(f"        {conf}: {good} alike, {bad} not; {shared} have an answer or a lease on both sides")
    return bad > 0 or shared == 0


if __name__ == "__main__":
    sys.exit(main())
