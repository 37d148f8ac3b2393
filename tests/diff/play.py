#!/usr/bin/env python3
"""play FAMILY LIST OUT - sends the packets of a list, one after the other, and writes what was answered as JSON."""

import json
import os
import struct
import sys
import time

import script

SILENCE_SEC = float(os.environ.get("SILENCE", "1"))  # whoever has not answered by then has not answered


def main():
    family_name, path, out = sys.argv[1:]
    family = __import__(f"dhcp{family_name}").Family()
    answers = []
    for number, line in enumerate(script.read(path)):
        if line.words[0] == "wait":
            time.sleep(float(line.words[1]))
        elif line.words[0] == "client":
            client = family.client(line.words[1])
            client |= {key: value for key, value in line.keys if key in client}
            client["keys"] = [pair for pair in line.keys if pair[0] not in client]
        else:
            xid = struct.pack("!I", 0x00ABC000 + number)[4 - (4 if family_name == "4" else 3) :]
            answers.append((line.name, " ".join(line.words[:2]), family.play(line, xid, SILENCE_SEC)))
    with open(out, "w", encoding="utf-8") as file:
        json.dump(answers, file, indent=1)


if __name__ == "__main__":
    main()
