"""dhcp4 - DHCPv4 messages as bytes and as fields, and the wires that they go over.

Frames are made and read here, below the kernel's IP: so a client has any hardware address, and what the server sends
to an address that nobody has is seen, too.
"""

import ipaddress
import select
import socket
import struct
import time

import script

SERVER = {"eth0": "192.0.2.1", "rly0": "10.9.0.1"}
COOKIE = bytes.fromhex("63825363")
BROADCAST = b"\xff" * 6
KINDS = {  # option 53, and what the message brings along unless the line says otherwise
    "discover": (1, []),
    "select": (3, [("50", "@"), ("54", "@server")]),
    "request": (3, []),
    "reboot": (3, [("50", "@")]),
    "renew": (3, [("ciaddr", "@"), ("unicast", "")]),
    "rebind": (3, [("ciaddr", "@")]),
    "decline": (4, [("50", "@"), ("54", "@server")]),
    "release": (7, [("ciaddr", "@"), ("54", "@server"), ("unicast", "")]),
    "inform": (8, [("ciaddr", "@")]),
    "bootp": (None, []),
}


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def udp_packet(src, dst, ports, payload):
    src, dst = ipaddress.ip_address(src).packed, ipaddress.ip_address(dst).packed
    udp = struct.pack("!HHHH", *ports, 8 + len(payload), 0)
    pseudo = src + dst + struct.pack("!HH", 17, len(udp) + len(payload))
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp + payload) or 0xFFFF)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0) + src + dst
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp + payload


def split_options(data):
    """(code, value) one after the other; what a code has in several parts is put together at its first place."""
    found, at = {}, 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        code, length = data[at], data[at + 1]
        found[code] = found.get(code, b"") + data[at + 2 : at + 2 + length]
        at += 2 + length
    return list(found.items())


class Wires:
    """Raw sockets on both interfaces: clients on eth0, relays on rly0."""

    def __init__(self):
        self.sockets = {}
        self.macs = {}
        for name in SERVER:
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
            sock.bind((name, 0x0800))
            self.sockets[name] = sock
            with open(f"/sys/class/net/{name}/address", encoding="ascii") as file:
                self.macs[name] = bytes.fromhex(file.read().strip().replace(":", ""))

    def send(self, iface, frame):
        self.sockets[iface].send(frame)

    def receive(self, xid, wait_sec):
        """(interface, frame) of the next answer with this transaction id, or None."""
        until = time.monotonic() + wait_sec
        while (left := until - time.monotonic()) > 0:
            for sock in select.select(self.sockets.values(), [], [], left)[0]:
                frame, source = sock.recvfrom(65535)
                if source[2] != socket.PACKET_OUTGOING and is_answer(frame, xid):
                    return source[0], frame
        return None


def is_answer(frame, xid):
    return frame[23] == 17 and frame[34:36] == b"\0\x43" and frame[42] == 2 and frame[46:50] == xid


class Family:
    def __init__(self):
        self.wires = Wires()
        self.clients = {}

    def client(self, name):
        fresh = {"mac": "02:00:00:00:" + ":".join(f"{b:02x}" for b in name.encode().rjust(2, b"\0")[-2:])}
        return self.clients.setdefault(name, {"addr": "0.0.0.0", "server": "192.0.2.1", "keys": [], **fresh})

    def meant(self, client, text):
        """An address: as it stands, or "@" that of the client, "@NAME" of another one, "@server" of its server."""
        if text == "@server":
            return client["server"]
        if text.startswith("@"):
            return (self.client(text[1:]) if text[1:] else client)["addr"]
        return text

    def keys_of(self, client, defaults, line):
        """Those of the kind, the client and the line; a later one replaces an earlier, "-KEY" takes it away."""
        keys = {}
        for key, value in defaults + client["keys"] + line.keys:
            keys[key] = self.meant(client, value)
        for word in line.words[2:]:
            if word.startswith("-"):
                keys.pop(word[1:], None)
            else:
                keys[word] = ""
        return keys

    def play(self, line, xid, wait_sec):
        """Sends what the line says; the fields of the answer, or None for silence."""
        kind, name = line.words[:2]
        client = self.client(name)
        message_type, defaults = KINDS[kind]
        if "known" in line.words and client["addr"] == "0.0.0.0":
            return None
        keys = self.keys_of(client, defaults, line)
        message = write(message_type, xid, keys, client["mac"])
        iface, packet = self.address(keys, message)
        dst = BROADCAST if iface == "eth0" and "unicast" not in keys else server_mac(iface)
        mac = bytes.fromhex(client["mac"].replace(":", "")) if iface == "eth0" else self.wires.macs[iface]
        self.wires.send(iface, dst + mac + b"\x08\0" + packet)
        answer = self.wires.receive(xid, wait_sec)
        if not answer:
            return None
        fields = read(*answer)
        if fields["yiaddr"] != "0.0.0.0":
            client["addr"] = fields["yiaddr"]
        if "option 54" in fields:
            client["server"] = str(ipaddress.ip_address(bytes.fromhex(fields["option 54"])))
        return fields

    def address(self, keys, message):
        """The interface, and the packet around a message: from a relay, or from a client."""
        if "relay" in keys:
            source = keys.get("from", keys["relay"])
            return "rly0", udp_packet(source, SERVER["rly0"], (67, 67), message)
        iface = keys.get("iface", "eth0")
        dst = SERVER[iface] if "unicast" in keys else "255.255.255.255"
        return iface, udp_packet(keys.get("from", keys.get("ciaddr", "0.0.0.0")), dst, (68, 67), message)


def server_mac(iface):
    return bytes.fromhex("020000fe0000" if iface == "eth0" else "020000fe0001")


def option_bytes(keys):
    """Keys that are numbers, and "N.M" for a sub-option of N, in the order in which they stand."""
    options = {}
    for key, text in keys.items():
        code, _, sub = key.partition(".")
        if key == "prl":
            code, data = "55", script.value(text)
        elif key == "cid":
            code, data = "61", script.value(text)
        elif not code.isdigit():
            continue
        else:
            data = script.value(text)
        if sub:
            data = bytes([int(sub), len(data)]) + data
        options[int(code)] = options.get(int(code), b"") + data
    out = b""
    for code, data in options.items():
        for at in range(0, max(len(data), 1), 255):
            part = data[at : at + 255]
            out += bytes([code, len(part)]) + part
    return out


def write(message_type, xid, keys, mac):
    packed = {k: ipaddress.ip_address(keys.get(k, "0.0.0.0")).packed for k in ("ciaddr", "giaddr", "relay")}
    hwaddr = bytes.fromhex(keys.get("mac", mac).replace(":", ""))
    message = struct.pack("!BBBB", 1, int(keys.get("htype", 1)), len(hwaddr), int(keys.get("hops", "relay" in keys)))
    message += xid + struct.pack("!HH", int(keys.get("secs", 0)), int(keys.get("flags", "0"), 0))
    giaddr = packed["giaddr"] if "giaddr" in keys else packed["relay"]
    message += packed["ciaddr"] + bytes(8) + giaddr + hwaddr.ljust(16, b"\0") + bytes(192) + COOKIE
    if message_type is not None:
        message += bytes([53, 1, message_type])
    message += script.value(keys["raw"]) if "raw" in keys else b""
    message += option_bytes(keys) + b"\xff"
    message = message.ljust(300, b"\0")
    return message[: int(keys["cut"])] if "cut" in keys else message


def text_of(data):
    return data.rstrip(b"\0").decode("ascii", "backslashreplace")


def read(iface, frame):
    """The fields of an answer, of its frame and of its packet."""
    message = frame[42:]
    addrs = [str(ipaddress.ip_address(message[at : at + 4])) for at in (12, 16, 20, 24)]
    fields = dict(zip(("ciaddr", "yiaddr", "siaddr", "giaddr"), addrs))
    fields |= {
        "heard on": iface,
        "frame to": frame[:6].hex(":"),
        "packet from": str(ipaddress.ip_address(frame[26:30])),
        "packet to": str(ipaddress.ip_address(frame[30:34])),
        "port to": str(struct.unpack("!H", frame[36:38])[0]),
        "hardware": frame[43:45].hex(),
        "hops": str(message[3]),
        "secs": str(struct.unpack("!H", message[8:10])[0]),
        "flags": message[10:12].hex(),
        "chaddr": message[28:44].hex(),
        "sname": text_of(message[44:108]),
        "file": text_of(message[108:236]),
    }
    options = split_options(message[240:])
    for code, data in options:
        fields[f"option {code}"] = data.hex()
    fields["order"] = ",".join(str(code) for code, _ in options)
    return fields
