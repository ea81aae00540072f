"""Reading and writing MQTT packets: against paho's writer, against themselves, and against nonsense."""

from __future__ import annotations

import dataclasses

import paho.mqtt.client as mqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from services.practice.deployment import mqtt_packets as packets
from services.practice.deployment import topics
from services.practice.deployment.mqtt_fields import Fields, MalformedPacketError, binary, variable_integer
from services.practice.deployment.mqtt_packets import Connect, Framer, PacketType, Reason

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
PLAIN = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"


class _Recorder(mqtt.Client):
    """A paho client whose packets stay here."""

    written = b""

    def _packet_queue(
        self,
        command: int,  # noqa: ARG002
        packet: bytes | bytearray,
        mid: int,  # noqa: ARG002
        qos: int,  # noqa: ARG002
        info: mqtt.MQTTMessageInfo | None = None,  # noqa: ARG002
    ) -> MQTTErrorCode:
        self.written = bytes(packet)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def written_by_paho(version: int, *, will: bool) -> bytes:
    client = _Recorder(CallbackAPIVersion.VERSION2, client_id="paho", protocol=MQTTProtocolVersion(version))
    client.username_pw_set("user", "pässword")
    if will:
        client.will_set("last/will", b"gone", qos=2, retain=True)
    connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho's
    connect.SessionExpiryInterval = 3600
    connect.UserProperty = ("a", "b")
    client._connect_properties = connect if version == mqtt.MQTTv5 else None
    client._keepalive = 30
    client._send_connect(30)
    return client.written


@pytest.mark.parametrize("will", [False, True])
@pytest.mark.parametrize("version", [mqtt.MQTTv31, mqtt.MQTTv311, mqtt.MQTTv5])
def test_a_connect_by_paho_is_understood_and_written_back_the_same(version: int, *, will: bool) -> None:
    packet = written_by_paho(version, will=will)
    connect = packets.parse_connect(packet)
    assert (connect.level, connect.client_id, connect.keep_alive) == (version, "paho", 30)
    assert (connect.username, connect.password) == ("user", "pässword".encode())
    assert connect.session_expiry == (3600 if version == mqtt.MQTTv5 else 0)
    assert (b"last/will" in connect.will) is will
    assert packets.encode_connect(connect) == packet


@st.composite
def connects(draw: st.DrawFn) -> Connect:
    level = draw(st.sampled_from([3, 4, 5]))
    username = draw(st.none() | TEXT)
    will_topic = draw(st.none() | TEXT)
    will = b"" if will_topic is None else binary(will_topic.encode()) + binary(draw(st.binary(max_size=20)))
    expiry = draw(st.none() | st.integers(0, 0xFFFFFFFF)) if level == 5 else None
    password = st.none() if username is None and level < 5 else st.none() | st.binary(max_size=20)
    return Connect(
        level=level,
        clean_start=draw(st.booleans()),
        keep_alive=draw(st.integers(0, 0xFFFF)),
        properties=b"" if expiry is None else b"\x11" + expiry.to_bytes(4, "big"),
        session_expiry=expiry or 0,
        client_id=draw(TEXT),
        will_flags=0 if will_topic is None else 0x04 | draw(st.sampled_from([0, 0x08, 0x10, 0x20, 0x30])),
        will=(b"\0" if level == 5 else b"") + will if will else b"",
        username=username,
        password=draw(password),
    )


@given(connects())
def test_every_connect_survives_writing_and_reading(connect: Connect) -> None:
    assert packets.parse_connect(packets.encode_connect(connect)) == connect


@given(connects(), st.data())
def test_a_cut_connect_is_malformed(connect: Connect, data: st.DataObject) -> None:
    packet = packets.encode_connect(connect)
    with pytest.raises(MalformedPacketError):
        packets.parse_connect(packet[: data.draw(st.integers(1, len(packet) - 1))])


@given(st.binary(max_size=60))
def test_nonsense_is_malformed_or_a_connect_and_never_anything_else(body: bytes) -> None:
    packet = b"\x10" + variable_integer(len(body) + 6) + b"\x00\x04MQTT" + body
    try:
        connect = packets.parse_connect(packet)
    except MalformedPacketError:
        return
    assert connect.level in {4, 5}


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 400))
def test_packets_come_out_of_the_framer_as_they_went_in(bodies: list[bytes], step: int) -> None:
    sent = [bytes([0x30]) + variable_integer(len(body)) + body for body in bodies]
    stream = b"".join(sent) + b"\x30\x05rest"
    framer, found = Framer(1000), []
    for start in range(0, len(stream), step):
        found += list(framer.feed(stream[start : start + step]))
    assert found == sent
    assert framer.rest() == b"\x30\x05rest"


def test_the_framer_refuses_a_long_packet_before_it_is_there() -> None:
    with pytest.raises(packets.PacketTooLargeError):
        list(Framer(1000).feed(b"\x30\xe9\x07"))
    with pytest.raises(MalformedPacketError):
        list(Framer(1000).feed(b"\x30\xff\xff\xff\xff"))


@given(st.integers(0, 268_435_455))
def test_variable_integers_survive(number: int) -> None:
    assert Fields(variable_integer(number)).variable_integer() == number


@pytest.mark.parametrize(
    "packet",
    [
        PLAIN.replace(b"MQTT", b"MQTX"),
        PLAIN[:9] + b"\x03" + PLAIN[10:],  # the reserved flag
        PLAIN[:9] + b"\x1e" + PLAIN[10:],  # a will of QoS 3
        PLAIN[:9] + b"\x22" + PLAIN[10:],  # a retained will that is not there
        PLAIN[:9] + b"\x42" + PLAIN[10:] + b"\0\0",  # a password without a user name
        PLAIN + b"\0",
        PLAIN[:-2] + b"\0\x01\xff",  # no UTF-8
        b"\x11" + PLAIN[1:],
        b"\x10\x0f\x00\x04MQTT\x05\x02\x00\x3c\x02\x7e\x00\x00\x00",  # a property that does not exist
    ],
)
def test_what_the_standard_forbids_is_malformed(packet: bytes) -> None:
    with pytest.raises(MalformedPacketError):
        packets.parse_connect(packet)


@pytest.mark.parametrize("level", [0, 3, 6, 255])
def test_an_unknown_level_is_told_apart(level: int) -> None:
    with pytest.raises(packets.UnsupportedProtocolError):
        packets.parse_connect(PLAIN[:8] + bytes([level]) + PLAIN[9:])


def test_for_the_broker_another_name_and_password_and_a_keep_alive() -> None:
    old = dataclasses.replace(packets.parse_connect(PLAIN), level=3, keep_alive=0, username="a", password=b"b")
    new = packets.parse_connect(packets.encode_connect(old.readdressed("id", "front", "secret")))
    assert (new.level, new.client_id, new.username, new.password) == (4, "id", "front", b"secret")
    assert new.keep_alive > 0


@pytest.mark.parametrize(
    ("reason", "old", "new"),
    [
        (Reason.SUCCESS, 0, 0),
        (Reason.UNSUPPORTED_PROTOCOL_VERSION, 1, 0x84),
        (Reason.CLIENT_IDENTIFIER_NOT_VALID, 2, 0x85),
        (Reason.SERVER_UNAVAILABLE, 3, 0x88),
        (Reason.BAD_USER_NAME_OR_PASSWORD, 4, 0x86),
        (Reason.NOT_AUTHORIZED, 5, 0x87),
    ],
)
def test_connack_codes(reason: Reason, old: int, new: int) -> None:
    assert packets.connack(4, reason) == bytes([0x20, 2, 0, old])
    assert packets.connack(5, reason) == bytes([0x20, 3, 0, new, 0])


def test_the_chosen_client_id_goes_into_the_connack() -> None:
    told = packets.with_assigned_client_id(b"\x20\x06\x01\x00\x03\x22\x10\x00", "me")
    assert told == b"\x20\x0b\x01\x00\x08\x22\x10\x00\x12\x00\x02me"


def test_a_reason_is_told_only_where_the_protocol_can() -> None:
    assert packets.disconnect(5, Reason.SESSION_TAKEN_OVER) == b"\xe0\x01\x8e"
    assert packets.disconnect(4, Reason.SESSION_TAKEN_OVER) == b""


@pytest.mark.parametrize(
    ("packet", "level"),
    [
        (b"\x82\x0c\x00\x01\x00\x01a\x01\x00\x03b/#\x02", 4),
        (b"\x82\x0f\x00\x01\x02\x0b\x07\x00\x01a\x01\x00\x03b/#\x02", 5),
        (b"\xa2\x0a\x00\x01\x00\x01a\x00\x03b/#", 4),
        (b"\xa2\x0b\x00\x01\x00\x00\x01a\x00\x03b/#", 5),
    ],
)
def test_filters_are_read(packet: bytes, level: int) -> None:
    assert packets.parse_filters(packet, level) == ("a", "b/#")


def test_a_subscription_to_nothing_is_malformed() -> None:
    with pytest.raises(MalformedPacketError):
        packets.parse_filters(b"\x82\x02\x00\x01", 4)


def test_a_publish_has_its_flags_topic_and_payload() -> None:
    assert packets.encode_publish("t", b"x", 0, retain=True, packet_id=7) == b"\x31\x04\x00\x01tx"
    assert packets.encode_publish("t", b"x", 2, retain=False, packet_id=7) == b"\x34\x06\x00\x01t\x00\x07x"
    assert packets.packet_type(b"\x34") == PacketType.PUBLISH


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matches"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a", False),
        ("a", "a/b", False),
        ("a/+", "a/b", True),
        ("a/+", "a", False),
        ("a/+", "a/", True),
        ("+", "a/b", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a", True),
        ("#", "$SYS/x", False),
        ("+/x", "$SYS/x", False),
        ("$SYS/#", "$SYS/x", True),
        ("$share/g/a/+", "a/b", True),
        ("$share/g", "g", False),
    ],
)
def test_topic_filters(topic_filter: str, topic: str, *, matches: bool) -> None:
    assert topics.matches(topic_filter, topic) is matches


def test_topics_without_wildcards_can_be_published_to() -> None:
    assert topics.is_topic_name("a/b")
    assert not any(topics.is_topic_name(each) for each in ("", "a/#", "+", "a\0"))
