#!/usr/bin/env python3
"""chance FAMILY SEED CONF LIST - writes a configuration and a list of packets that the seed decides.

Both as Kea 2.2 takes them. Clients ask for addresses of their own at the upper end of a pool, so that what is free does
not decide; what both servers are known to do otherwise (README.md) is left out.
"""

import json
import random
import sys

CLIENTS = "abcdefgh"
VENDORS = ["phone", "phone-7", "modem", "PXEClient:Arch:00007", "x"]
NAMES = ["left", "right", "left.example.org", "under_score"]
PORTS = ["port-1", "port-2"]



class Chance:
    """What both families have in common: classes, scopes, and the choices themselves."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.classes = []
        self.tested = []
        self.named = set()

    def one(self, *choices):
        return self.random.choice(choices)

    def some(self, choices, most):
        return self.random.sample(choices, self.random.randint(0, min(most, len(choices))))

    def often(self, share):
        return self.random.random() < share

    def lifetimes(self):
        found = {}
        for name in self.LIFETIMES:
            if self.often(0.4):
                value = self.random.randrange(*self.LIFETIMES[name], 100)
                found[name] = value
                if self.RANGES and self.often(0.4):
                    found[f"min-{name}"] = value // 2
                    found[f"max-{name}"] = value * 2
        return found

    def timers(self):
        found = {}
        if self.often(0.2):
            found["renew-timer"] = self.random.randrange(100, 500, 100)
        if self.often(0.2):
            found["rebind-timer"] = self.random.randrange(500, 900, 100)
        if self.often(0.2):
            found["calculate-tee-times"] = self.one(True, False)
        if self.often(0.1):
            found |= {"t1-percent": 0.4, "t2-percent": 0.7}
        return found

    def wire_name(self, name):
        """In labels: of several all, of one that alone, for the server to complete."""
        labels = [bytes([len(label)]) + label.encode() for label in name.split(".")]
        return b"".join(labels) + (b"\0" if len(labels) > 1 else b"")

    def option_data(self, most):
        return [self.option(name) for name in self.some(list(self.OPTIONS), most)]

    def option(self, name):
        entry = {"name": name, "data": self.one(*self.OPTIONS[name])}
        if self.often(0.15):
            entry["always-send"] = True
        return entry

    def guard(self, share):
        return {"client-class": self.one(*self.classes)} if self.classes and self.often(share) else {}

    def required(self, share):
        wanted = [name for name in self.tested if self.often(share)]
        return {"require-client-classes": wanted} if wanted else {}

    def test(self, depth):
        """An expression of client classes."""
        if depth > 0 and self.often(0.45):
            left, right = self.test(depth - 1), self.test(depth - 1)
            return self.one(f"not ({left})", f"({left}) and ({right})", f"({left}) or ({right})")
        if self.classes and self.often(0.15):
            return f"member('{self.one(*self.classes)}')"
        if self.often(0.1):
            return self.one("member('KNOWN')", "member('UNKNOWN')", "member('ALL')")
        return self.one(*self.atoms())

    def make_classes(self):
        made = []
        for number in range(self.random.randint(1, 6)):
            name = f"c{number}"
            entry = {"name": name}
            if self.often(0.9):
                entry["test"] = self.test(2)
                self.tested.append(name)
            if self.often(0.2):
                entry["only-if-required"] = True
            entry |= self.class_values()
            made.append(entry)
            self.classes.append(name)
        return made

    def reservations(self, *where):
        found, keys = [], set()
        for number in range(self.random.randint(0, 3)):
            entry = self.reservation(number, *where)
            entry["option-data"] = self.option_data(2)
            if self.classes and self.often(0.3):
                entry["client-classes"] = [self.one(*self.classes)]
            key = next(iter(entry.items()))
            if key not in keys:
                keys.add(key)
                found.append(entry)
        return {"reservations": found} if found else {}

    def modes(self, share):
        found = {}
        if self.often(share):
            found["reservations-global"] = self.one(True, False)
        if self.often(share):
            found["reservations-in-subnet"] = self.one(True, False)
        if found.get("reservations-in-subnet", True) and self.often(share / 2):
            found["reservations-out-of-pool"] = self.one(True, False)
        return found

    def pool(self, text):
        return {"pool": text, "option-data": self.option_data(2)} | self.guard(0.2) | self.required(0.1)

    def naming(self, share):
        """How clients are named."""
        values = {
            "ddns-qualifying-suffix": self.one("site.example", "lab.example."),
            "ddns-replace-client-name": self.one("never", "always", "when-present", "when-not-present"),
            "ddns-generated-prefix": "made",
            "hostname-char-set": self.one("[^A-Za-z0-9.-]", "[xyz]"),
            "hostname-char-replacement": self.one("x", ""),
        }
        return {name: value for name, value in values.items() if self.often(share)}

    def scope(self, share):
        """What a subnet or a shared network may say."""
        values = self.lifetimes() | self.timers() | self.modes(share) | self.guard(share) | self.required(share)
        return {"option-data": self.option_data(4)} | values | self.naming(share / 2) | self.own_scope(share)

    def links(self):
        key = f"subnet{self.FAMILY}"
        subnets = [self.subnet(n + 1, *place) for n, place in enumerate(self.PLACES)]
        self.random.shuffle(subnets)
        if not self.often(self.NETWORKS):
            return {key: subnets}
        inside = subnets[:2]
        network = {"name": "net", key: inside} | self.scope(0.1)
        interface = [subnet.pop("interface", None) for subnet in inside]
        if any(interface):
            network["interface"] = "srv0"
        for subnet in inside:
            for name in self.ALIKE + ["reservations-global", "reservations-in-subnet", "reservations-out-of-pool"]:
                subnet.pop(name, None)
        return {key: subnets[2:], "shared-networks": [network]}

    def configuration(self):
        name = f"kea-leases{self.FAMILY}.csv"
        top = {
            "interfaces-config": {"interfaces": self.INTERFACES},
            "lease-database": {"type": "memfile", "name": f"/var/lib/kea/{name}", "lfc-interval": 0},
            "loggers": [
                {
                    "name": f"kea-dhcp{self.FAMILY}",
                    "severity": "DEBUG",
                    "debuglevel": 99,
                    "output_options": [{"output": "stdout"}],
                }
            ],
            "valid-lifetime": 4000,
            "cache-max-age": 0,
            "option-def": [self.LABEL],
            "client-classes": self.make_classes(),
            "option-data": self.option_data(5),
        }
        return {f"Dhcp{self.FAMILY}": top | self.timers() | self.modes(0.2) | self.naming(0.15) | self.own_top() | self.links()}

    def list(self):
        lines = [self.client(name) for name in CLIENTS]
        places = {name: self.place() for name in CLIENTS}
        lines.append("test chance")
        for _ in range(50):
            name = self.one(*CLIENTS)
            if self.often(0.1):
                places[name] = self.place()
            for text in self.step(name, places[name]):
                lines.append(f"{text} {places[name]}".strip())
        return lines

    def prefix(self, place):
        return next(prefix for prefix, where in reversed(self.PLACES + self.DETOURS) if place.startswith(where))


class Chance4(Chance):
    FAMILY = 4
    NETWORKS = 0.5
    LIFETIMES = {"valid-lifetime": (600, 6000)}
    RANGES = True
    ALIKE = ["authoritative"]  # within a shared network
    INTERFACES = ["srv0", "srv1"]
    LABEL = {"name": "label", "code": 222, "type": "record", "record-types": "fqdn, uint8"}
    OPTIONS = {
        "routers": ["192.0.2.1", "192.0.2.2, 192.0.2.3"],
        "domain-name-servers": ["192.0.2.53", "198.51.100.53, 198.51.100.54"],
        "domain-name": ["example.org", "example.net"],
        "log-servers": ["192.0.2.7"],
        "ntp-servers": ["192.0.2.123", "192.0.2.124"],
        "time-offset": ["3600", "-7200"],
        "tftp-server-name": ["tftp.example.org"],
        "boot-file-name": ["boot.0", "other.0"],
        "domain-search": ["example.org, example.net"],
        "vivso-suboptions": ["4491"],
        "label": ["one, 7", "two, 8"],
        "host-name": ["given"],
        "interface-mtu": ["1400"],
        "vendor-class-identifier": ["our-class"],
    }
    PRL = [1, 3, 6, 12, 15, 2, 7, 26, 42, 43, 51, 58, 59, 60, 66, 67, 119, 125, 222]
    PLACES = [  # subnet, where its clients are
        ("192.0.2", ""),
        ("203.0.113", "relay=203.0.113.1"),
        ("198.51.100", "relay=198.51.100.1"),
        ("10.9.0", "relay=10.9.0.2"),
    ]
    DETOURS = [("203.0.113", "relay=10.9.0.2 82.5=203.0.113.1"), ("198.51.100", "relay=10.9.0.2 118=198.51.100.0")]

    def atoms(self):
        client = self.one(*CLIENTS)
        return [
            f"option[60].hex == '{self.one(*VENDORS)}'",
            f"substring(option[60].hex, 0, 5) == '{self.one('phone', 'modem', 'PXECl')}'",
            f"option[{self.one(12, 43, 60, 77, 81, 82, 93)}].exists",
            f"option[12].hex == '{self.one(*NAMES)}'",
            f"pkt4.mac == 0x0200000000{ord(client):02x}",
            f"substring(pkt4.mac, 5, 1) == 0x{ord(client):02x}",
            f"pkt4.msgtype == {self.one(1, 3, 8)}",
            f"pkt.iface == '{self.one('srv0', 'srv1')}'",
            f"relay4[1].hex == '{self.one(*PORTS)}'",
            "relay4[2].exists",
            f"pkt4.giaddr == {self.one('203.0.113.1', '198.51.100.1', '0.0.0.0')}",
            "pkt4.ciaddr == 0.0.0.0",
            "option[61].exists",
            "hexstring(substring(pkt4.mac, 4, 2), ':') == '00:61'",
            "concat(option[12].hex, '-') == 'left-'",
            "ifelse(option[77].exists, option[77].hex, 'none') == 'none'",
            f"member('VENDOR_CLASS_{self.one(*VENDORS)}')",
            "vendor[4491].exists",
            f"option[55].hex == 0x{self.random.randrange(256):02x}",
        ]

    def boot(self, share):
        found = {}
        if self.often(share):
            found["next-server"] = self.one("192.0.2.8", "192.0.2.9", "0.0.0.0")
        if self.often(share):
            found["server-hostname"] = self.one("boot.example.org", "")
        if self.often(share):
            found["boot-file-name"] = self.one("/a.0", "/b.0", "")
        return found

    def class_values(self):
        return {"option-data": self.option_data(3)} | self.boot(0.15) | (
            self.lifetimes() if self.often(0.3) else {}
        )

    def reservation(self, number, prefix="", inside=False):
        client = self.one(*CLIENTS)
        entry = self.one(
            {"hw-address": f"02:00:00:00:00:{ord(client):02x}"},
            {"client-id": f"01020000{ord(client):02x}"},
            {"circuit-id": f"'{self.one(*PORTS)}'"},
            {"duid": f"00030001020000{ord(client):02x}"},
        )
        if prefix and self.often(0.7):
            entry["ip-address"] = f"{prefix}.{(100 if inside else 220) + number}"
        if "ip-address" not in entry or self.often(0.3):
            entry["hostname"] = self.one("host-" + client, f"host-{client}.example.org")
        return entry | self.boot(0.1)

    def switches(self, share):
        return {name: self.one(True, False) for name in ("authoritative", "match-client-id") if self.often(share)}

    def own_scope(self, share):
        return self.boot(share)

    def own_top(self):
        known = self.random.sample(["circuit-id", "hw-address", "duid", "client-id", "flex-id"], 4)
        top = {"host-reservation-identifiers": known, "echo-client-id": self.one(True, True, False)}
        return top | self.boot(0.15) | self.switches(0.2) | self.reservations()

    def subnet(self, number, prefix, place):
        pools = [self.pool(f"{prefix}.10 - {prefix}.200")]
        if self.often(0.4):
            pools = [self.pool(f"{prefix}.10 - {prefix}.60"), self.pool(f"{prefix}.61 - {prefix}.200")]
        entry = {"id": number, "subnet": f"{prefix}.0/24", "pools": pools}
        if not place and self.often(0.3):
            entry["interface"] = "srv0"
        return entry | self.scope(0.15) | self.switches(0.15) | self.reservations(prefix, self.often(0.5))

    def client(self, name):
        keys = [f"prl={','.join(map(str, sorted(self.some(self.PRL, 12)) or [1, 3]))}"]
        if self.often(0.4):
            keys.append(self.one(f"cid=0x01020000{ord(name):02x}", f"cid=0xff0000000100030001020000{ord(name):02x}"))
        if self.often(0.5):
            keys.append(f'60="{self.one(*VENDORS)}"')
        if self.often(0.4):
            keys.append(f'12="{self.one(*NAMES)}"')
        if self.often(0.2):
            keys.append(f"81=0x0{self.one(0, 1, 4, 5)}0000{self.wire_name(self.one(*NAMES)).hex()}")
        if self.often(0.2):
            keys.append('77="user"')
        if self.often(0.15):
            keys.append("124=0x0000118b03616263")
        if self.often(0.15):
            keys.append("93=0x0007")
        if self.often(0.2):
            keys.append("flags=0x8000")
        return f"client {name} {' '.join(keys)}"

    def place(self):
        _, place = self.one(*self.PLACES, *self.DETOURS)
        if place and self.often(0.6):
            place += f' 82.1="{self.one(*PORTS)}"'
        if place and self.often(0.3):
            place += " 82.2=0x0a0b"
        return place

    def step(self, name, place):
        """One message of a client, or two: an address is asked for before it is used."""
        prefix = self.prefix(place)
        hint = f"50={prefix}.{80 + 2 * CLIENTS.index(name) + self.one(0, 0, 1)}"
        own = f"ciaddr={prefix}.{210 + CLIENTS.index(name)}"
        kinds = [
            *3 * [["discover {} " + hint, "select {} known"]],
            *2 * [["discover {} 51=0x00000400 " + hint, "select {} known 51=0x00000400", "renew {} known"]],
            ["discover {} " + hint],
            ["discover {} " + hint, "renew {} known", "rebind {} known"],
            ["renew {} known"],
            ["rebind {} known"],
            ["reboot {} known"],
            ["reboot {} " + hint],
            ["inform {} " + own],
        ]
        return [text.format(name) for text in self.one(*kinds)]


class Chance6(Chance):
    FAMILY = 6
    NETWORKS = 0  # Kea 2.2 has the options of the one subnet and the leases of another
    LIFETIMES = {"preferred-lifetime": (600, 1200), "valid-lifetime": (2500, 6000)}
    RANGES = False  # Kea 2.2 repeats the lifetimes of a lease where it advertises it
    ALIKE = ["rapid-commit"]
    INTERFACES = ["srv0", "srv1", "srv1/2001:db8:9::1", "srv0/2001:db8:1::1"]
    LABEL = {"name": "label", "code": 1000, "type": "record", "record-types": "fqdn, uint8"}
    OPTIONS = {
        "dns-servers": ["2001:db8::53", "2001:db8::54, 2001:db8::55"],
        "domain-search": ["example.org", "example.net, example.org"],
        "sntp-servers": ["2001:db8::7"],
        "nis-servers": ["2001:db8::8", "2001:db8::9"],
        "nis-domain-name": ["nis.example.org"],
        "sip-server-addr": ["2001:db8::10"],
        "bootfile-url": ["tftp://[2001:db8::11]/boot", "http://boot.example.org/other"],
        "new-posix-timezone": ["EST5EDT"],
        "label": ["one, 7", "two, 8"],
    }
    ORO = [21, 22, 23, 24, 27, 29, 31, 41, 59, 1000]
    PLACES = [
        ("2001:db8:1:", ""),
        ("2001:db8:2:", "relay=2001:db8:2::1"),
        ("2001:db8:3:", "relay=2001:db8:3::1"),
        ("2001:db8:9:", "relay=2001:db8:9::2"),
    ]
    DETOURS = []

    def atoms(self):
        client = self.one(*CLIENTS)
        return [
            f"option[{self.one(6, 8, 16, 17, 25, 39)}].exists",
            f"substring(option[1].hex, 9, 1) == '{client}'",
            f"pkt6.msgtype == {self.one(1, 3, 5)}",
            f"pkt.iface == '{self.one('srv0', 'srv1')}'",
            f"relay6[0].linkaddr == {self.one('2001:db8:2::1', '2001:db8:3::1')}",
            f"relay6[0].option[18].hex == '{self.one(*PORTS)}'",
            "relay6[0].option[37].exists",
            f"option[15].option[0].hex == '{self.one(*NAMES)}'",
            "vendor-class[4491].exists",
            f"vendor-class[4491].data[0] == '{self.one(*VENDORS)}'",
            f"member('VENDOR_CLASS_{self.one(*VENDORS)}')",
            "vendor[4491].option[1].exists",
            f"pkt6.transid == {self.random.randrange(1 << 20)}",
        ]

    def class_values(self):
        return {"option-data": self.option_data(3)}  # Kea 2.2 forgets the lifetimes of classes in a RENEW

    def reservation(self, number, prefix="", inside=False):
        client = self.one(*CLIENTS)
        entry = self.one(
            {"duid": f"00:03:00:01:02:00:00:00:00:{ord(client):02x}"},
            {"hw-address": f"02:00:00:00:00:{ord(client):02x}"},
        )
        if prefix and self.often(0.6):
            entry["ip-addresses"] = [f"{prefix}:{'a0' if inside else '1:a0'}{number}"]
        if prefix and self.often(0.3):
            entry["prefixes"] = [f"{self.delegated(prefix)}:a{number}00::/56"]
        if len(entry) == 1 or self.often(0.3):
            entry["hostname"] = self.one("host-" + client, f"host-{client}.example.org")
        return entry

    def delegated(self, prefix):
        return prefix[:-1] + "00"

    def own_scope(self, share):
        return {}

    def own_top(self):
        return {
            "server-id": {"type": "EN", "enterprise-id": 32473, "identifier": "0102030405"},
            "preferred-lifetime": 1000,
            "host-reservation-identifiers": self.random.sample(["duid", "hw-address"], 2),
        } | self.reservations()

    def subnet(self, number, prefix, place):
        pools = [self.pool(f"{prefix}:10 - {prefix}:ffff")]
        if self.often(0.4):
            pools = [self.pool(f"{prefix}:10 - {prefix}:7ff"), self.pool(f"{prefix}:800 - {prefix}:ffff")]
        delegated = {"prefix": self.delegated(prefix) + "::", "prefix-len": 48 - 8, "delegated-len": 56}
        delegated |= {"option-data": self.option_data(2)} | self.guard(0.2) | self.required(0.1)
        entry = {"id": number, "subnet": f"{prefix}:/64", "pools": pools}
        if self.often(0.7):
            entry["pd-pools"] = [delegated]
        if self.often(0.3):
            entry["rapid-commit"] = True
        if not place:
            entry["interface"] = "srv0"
        return entry | self.scope(0.15) | self.reservations(prefix, self.often(0.5))

    def client(self, name):
        keys = [f"oro={','.join(map(str, sorted(self.some(self.ORO, 6)) or [23]))}"]
        if self.often(0.4):
            vendor = self.one(*VENDORS)
            keys.append(f"16=0x0000118b{len(vendor):04x}{vendor.encode().hex()}")
        if self.often(0.2):
            keys.append("17=0x0000118b000100020020")
        if self.often(0.2):
            name15 = self.one(*NAMES)
            keys.append(f"15=0x{len(name15):04x}{name15.encode().hex()}")
        if self.often(0.2):
            self.named.add(name)
            keys.append(f"39=0x0{self.one(0, 1)}{self.wire_name(self.one(*NAMES)).hex()}")
        return f"client {name} {' '.join(keys)}"

    def place(self):
        _, place = self.one(*self.PLACES, *self.DETOURS)
        if place and self.often(0.6):
            place += f' 18="{self.one(*PORTS)}"'
        if place and self.often(0.3):
            place += " 37=0x0000118b0102"
        return place

    def step(self, name, place):
        prefix = self.prefix(place)
        number = 10 + 2 * CLIENTS.index(name) + self.one(0, 0, 1)
        addr = f"na=1@{prefix}:9{number}"
        both = f"{addr} pd=1@{self.delegated(prefix)}:9{number - 10:x}00::/56"
        two = f"{addr} na=2@{prefix}:9a{number}"
        kinds = [
            *3 * [["solicit {} " + addr, "request {} na=1@= known"]],
            *3 * [["solicit {} " + both, "request {} na=1@= pd=1@= known"]],
            ["solicit {} " + two, "request {} na=1@= na=2@= known", "renew {} na=1@= na=2@= known"],
            ["solicit {} " + addr, "request {} na=1@= known", "rebind {} na=1@= known"],
            *2 * [["renew {} na=1@= known"]],
            ["confirm {} na=1@= known"],
            ["inform {}"],
        ]
        if name not in self.named:  # Kea 2.2 makes no name for them then
            kinds += [["solicit {} rapid " + addr], ["solicit {} rapid " + both]]
        return [text.format(name) for text in self.one(*kinds)]


def main():
    family, seed, conf, packets = sys.argv[1:]
    chance = {"4": Chance4, "6": Chance6}[family](int(seed))
    with open(conf, "w", encoding="utf-8") as file:
        json.dump(chance.configuration(), file, indent=1)
    with open(packets, "w", encoding="utf-8") as file:
        file.write("\n".join(chance.list()) + "\n")


if __name__ == "__main__":
    main()
