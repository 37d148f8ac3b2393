"""dhcp6 - DHCPv6 messages as bytes and as fields, and the sockets of clients and relays."""

import ipaddress
import select
import socket
import struct
import time

import script

GROUP = "ff02::1:2"
SERVER = "2001:db8:9::1"
KINDS = {
    "solicit": 1,
    "request": 3,
    "confirm": 4,
    "renew": 5,
    "rebind": 6,
    "release": 8,
    "decline": 9,
    "inform": 11,
}
NAMES_SERVER = ("request", "renew", "release", "decline")
HEADS = {3: 12, 4: 4, 5: 24, 25: 12, 26: 25, 17: 4}  # bytes before the options within an option
CONTAINERS = {"na": 3, "ta": 4, "pd": 25}


def option(code, data):
    return struct.pack("!HH", code, len(data)) + data


def split_options(data):
    out, at = [], 0
    while at + 4 <= len(data):
        code, length = struct.unpack("!HH", data[at : at + 4])
        out.append((code, data[at + 4 : at + 4 + length]))
        at += 4 + length
    return out


class Sockets:
    def __init__(self):
        self.index = {name: socket.if_nametoindex(name) for name in ("eth0", "rly0")}
        self.client = self.open("eth0", "::", 546)
        self.relay = self.open("rly0", "2001:db8:9::2", 547)

    def open(self, name, address, port):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())
        sock.bind((address, port, 0, 0))
        return sock

    def send(self, message, relayed, unicast):
        if relayed:
            self.relay.sendto(message, (SERVER, 547))
        elif unicast:
            self.client.sendto(message, ("2001:db8:1::1", 547))
        else:
            self.client.sendto(message, (GROUP, 547, 0, self.index["eth0"]))

    def receive(self, xid, wait_sec):
        until = time.monotonic() + wait_sec
        while (left := until - time.monotonic()) > 0:
            for sock in select.select([self.client, self.relay], [], [], left)[0]:
                data, source = sock.recvfrom(65535)
                if inner(data)[1:4] == xid:
                    return ("eth0" if sock is self.client else "rly0"), source, data
        return None


def inner(data):
    """The client's message within those of relays."""
    while data[0] == 13:
        data = dict(split_options(data[34:])).get(9, b"\0" * 4)
    return data


class Family:
    def __init__(self):
        self.sockets = Sockets()
        self.clients = {}

    def client(self, name):
        duid = "0x000300010200000000" + name.encode().rjust(1)[-1:].hex()
        return self.clients.setdefault(name, {"duid": duid, "leases": {}, "server": b"", "keys": []})

    def play(self, line, xid, wait_sec):
        kind, name = line.words[:2]
        client = self.client(name)
        relays, keys = split_relays(merged(client["keys"], line.keys))
        words = line.words[2:]
        if "known" in words and not client["leases"]:
            return None
        message = bytes([int(dict(keys).get("type", KINDS[kind]))]) + xid
        if "-1" not in words:
            message += option(1, script.value(dict(keys).get("duid", client["duid"])))
        if kind in NAMES_SERVER and "-2" not in words and "2" not in dict(keys):
            message += option(2, client["server"])
        message += b"".join(self.options(client, key, value) for key, value in keys)
        message += option(14, b"") if "rapid" in words else b""
        for relay in relays:
            message = wrap(message, relay)
        self.sockets.send(message, bool(relays), "unicast" in words)
        answer = self.sockets.receive(xid, wait_sec)
        return read(client, *answer) if answer else None

    def options(self, client, key, text):
        if key in CONTAINERS:
            return self.container(client, key, text)
        if key == "oro":
            return option(6, b"".join(struct.pack("!H", int(code)) for code in text.split(",")))
        if key.isdigit():
            return option(int(key), script.value(text))
        return script.value(text) if key == "raw" else b""

    def container(self, client, key, text):
        """na=IAID[@LEASE,...]: a lease is an address or a prefix, or "=" for those that the client has there."""
        iaid, _, leases = text.partition("@")
        body = struct.pack("!I", int(iaid)) + (bytes(8) if key != "ta" else b"")
        for lease in filter(None, leases.split(",")):
            known = client["leases"].get((key, int(iaid)), [])
            for one in known if lease == "=" else [self.lease(lease)]:
                body += one
        return option(CONTAINERS[key], body)

    def lease(self, text):
        """ADDR or PREFIX/LEN, then "!PREFERRED/VALID" if wanted; "~NAME" is what another client has."""
        if text.startswith("~"):
            return b"".join(sum(self.client(text[1:])["leases"].values(), []))
        text, _, times = text.partition("!")
        preferred, valid = (int(part) for part in (times or "0/0").split("/"))
        address, _, length = text.partition("/")
        packed = ipaddress.ip_address(address).packed
        if length:
            return option(26, struct.pack("!IIB", preferred, valid, int(length)) + packed)
        return option(5, packed + struct.pack("!II", preferred, valid))


def merged(kept, line):
    """What a client always says, and the line: the relays of the line, else those that the client always has."""
    first = next((n for n, (key, _) in enumerate(kept) if key == "relay"), len(kept))
    relays = [] if any(key == "relay" for key, _ in line) else kept[first:]
    return kept[:first] + line + relays


def split_relays(keys):
    """What stands before the first "relay" is the message's; each relay has what follows it."""
    relays, message = [], {}
    for key, value in keys:
        if key == "relay":
            relays.append((value, []))
        elif relays:
            relays[-1][1].append((key, value))
        elif key in CONTAINERS or key.isdigit():
            message[key, value] = (key, value)
        else:
            message[key] = (key, value)
    return relays, list(message.values())


def wrap(message, relay):
    """A RELAY-FORW: LINK[,PEER], then its options."""
    (text, keys) = relay
    link, _, peer = text.partition(",")
    hops = message[1] + 1 if message[0] == 12 else 0
    head = bytes([12, hops]) + ipaddress.ip_address(link).packed + ipaddress.ip_address(peer or "fe80::c").packed
    before = b"".join(option(int(key), script.value(value)) for key, value in keys if key.isdigit())
    return head + before + option(9, message)


def read(client, iface, source, data):
    fields = {"heard on": iface, "packet from": source[0].partition("%")[0], "port from": str(source[1])}
    level = 0
    while data[0] == 13:
        fields[f"relay {level} hops"] = str(data[1])
        fields[f"relay {level} link"] = str(ipaddress.ip_address(data[2:18]))
        fields[f"relay {level} peer"] = str(ipaddress.ip_address(data[18:34]))
        found = split_options(data[34:])
        for code, value in found:
            if code != 9:
                fields[f"relay {level} option {code}"] = value.hex()
        fields[f"relay {level} order"] = ",".join(str(code) for code, _ in found)
        data, level = dict(found)[9], level + 1
    fields["type"] = str(data[0])
    read_options(fields, "", data[4:])
    remember(client, data)
    return fields


def read_options(fields, at, data):
    """Fields of the options of a message, or within another option; `at` says where they lie."""
    found = split_options(data)
    for code, value in found:
        read_option(fields, at, code, value)
    if found:
        fields[at + "order"] = ",".join(str(code) for code, _ in found)


def read_option(fields, at, code, value):
    here = f"{at}option {code}"
    if code in HEADS:
        if code == 5:
            here += f" {ipaddress.ip_address(value[:16])}"
            fields[f"{here} lifetimes"] = lifetimes(value[16:24])
        elif code == 26:
            here += f" {ipaddress.ip_address(value[9:25])}/{value[8]}"
            fields[f"{here} lifetimes"] = lifetimes(value[:8])
        elif code == 17:
            here += f" {struct.unpack('!I', value[:4])[0]}"
            fields[here] = value.hex()
        else:
            here += f" {struct.unpack('!I', value[:4])[0]}"
            fields[f"{here} timers"] = lifetimes(value[4:12]) if code != 4 else ""
        read_options(fields, here + " ", value[HEADS[code] :])
    elif code == 13:
        fields[f"{here} code"] = str(struct.unpack("!H", value[:2])[0])
        fields[f"{here} text"] = value[2:].decode("utf-8", "backslashreplace")
    else:
        while here in fields:
            here += " again"
        fields[here] = value.hex()


def lifetimes(data):
    return "{} {}".format(*struct.unpack("!II", data))


def remember(client, data):
    """The leases that the client was given, as it will say them back, and the server."""
    codes = {code: key for key, code in CONTAINERS.items()}
    for code, value in split_options(data[4:]):
        if code == 2:
            client["server"] = value
        elif code in codes:
            leases = [option(c, v) for c, v in split_options(value[HEADS[code] :]) if c in (5, 26)]
            if leases:
                client["leases"][codes[code], struct.unpack("!I", value[:4])[0]] = leases
