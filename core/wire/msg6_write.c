/* msg6_write - options and messages to bytes; see msg6.h.
 *
 * Nothing has to be counted beforehand: in a RELAY-REPL what is echoed stands before the Relay
 * Message option, so whatever has room there is written, and the lengths are filled in at the end.
 */
#include "core/wire/msg6.h"

#include <errno.h>
#include <glib.h>

void berth_write_option6(BerthWriter *w, uint16_t code, BerthBytes value)
{
    if (value.len > UINT16_MAX || value.len + 4 > berth_writer_left(w)) {
        w->full = true;
        return;
    }
    berth_write_u16(w, code);
    berth_write_u16(w, (uint16_t)value.len);
    berth_write(w, value);
}

uint8_t *berth_write_option6_begin(BerthWriter *w, uint16_t code)
{
    berth_write_u16(w, code);
    berth_write_u16(w, 0);
    return w->full ? NULL : w->at;
}

void berth_write_option6_end(BerthWriter *w, uint8_t *mark)
{
    size_t len = mark ? (size_t)(w->at - mark) : 0;

    if (len > UINT16_MAX)
        w->full = true;
    if (!mark || w->full)
        return;
    mark[-2] = (uint8_t)(len >> 8);
    mark[-1] = (uint8_t)len;
}

void berth_write_addr6(BerthWriter *w, BerthAddr addr)
{
    berth_write(w, (BerthBytes){addr.b, sizeof(addr.b)});
}

uint8_t *berth_write_ia6_begin(BerthWriter *w, uint16_t code, const BerthIa6 *ia)
{
    uint8_t *mark = berth_write_option6_begin(w, code);

    berth_write_u32(w, ia->iaid);
    if (code != BERTH_D6O_IA_TA) {
        berth_write_u32(w, ia->t1);
        berth_write_u32(w, ia->t2);
    }
    return mark;
}

uint8_t *berth_write_lease6_begin(BerthWriter *w, uint16_t code, const BerthIaLease6 *lease)
{
    uint8_t *mark = berth_write_option6_begin(w, code);

    if (code == BERTH_D6O_IAADDR)
        berth_write_addr6(w, lease->addr);
    berth_write_u32(w, lease->preferred_sec);
    berth_write_u32(w, lease->valid_sec);
    if (code != BERTH_D6O_IAADDR) {
        berth_write_u8(w, lease->len);
        berth_write_addr6(w, lease->addr);
    }
    return mark;
}

void berth_write_status6(BerthWriter *w, BerthStatus6 status, const char *text)
{
    uint8_t *mark = berth_write_option6_begin(w, BERTH_D6O_STATUS_CODE);

    berth_write_u16(w, (uint16_t)status);
    /* RFC 9915 section 21.13: UTF-8, and no NUL at its end. */
    berth_write(w, berth_bytes(text));
    berth_write_option6_end(w, mark);
}

/* Whether the relay wants the option back: the Interface-Id (RFC 9915 section 19.3), the port (RFC
 * 8357 section 5.2), and what it asks for (RFC 4994 section 5). */
static bool is_echoed(const BerthRelay6 *relay, uint16_t code)
{
    return code == BERTH_D6O_INTERFACE_ID || code == BERTH_D6O_RELAY_SOURCE_PORT ||
           berth_options6_asks(relay->options, BERTH_D6O_ERO, code);
}

/* Up to the beginning of its Relay Message option; the answer is the mark of that. */
static uint8_t *write_relay(BerthWriter *w, const BerthRelay6 *relay)
{
    berth_write_u8(w, BERTH_RELAY_REPL);
    berth_write_u8(w, relay->hops);
    berth_write_addr6(w, relay->link);
    berth_write_addr6(w, relay->peer);
    for (BERTH_EACH_OPTION6(option, relay->options))
        if (is_echoed(relay, option->code))
            berth_write_option6(w, option->code, option->value);
    return berth_write_option6_begin(w, BERTH_D6O_RELAY_MSG);
}

/* Without these a reply says something else than was meant. */
static bool is_needed(uint16_t code)
{
    switch (code) {
    case BERTH_D6O_CLIENTID:
    case BERTH_D6O_SERVERID:
    case BERTH_D6O_IA_NA:
    case BERTH_D6O_IA_TA:
    case BERTH_D6O_IA_PD:
    case BERTH_D6O_IAADDR:
    case BERTH_D6O_STATUS_CODE:
    case BERTH_D6O_RAPID_COMMIT:
    case BERTH_D6O_AUTH:
    case BERTH_D6O_RECONF_MSG:
        return true;
    default:
        return false;
    }
}

static void write_message(BerthWriter *w, const BerthMsg6 *msg, const BerthOption6 *options,
                          size_t n, BerthMsg6Left *left)
{
    berth_write_u32(w, (uint32_t)msg->type << 24 | (msg->xid & 0xffffff));
    for (size_t i = 0; i < n; i++) {
        size_t len = options[i].value.len;

        if (is_needed(options[i].code) || (len <= UINT16_MAX && len + 4 <= berth_writer_left(w)))
            berth_write_option6(w, options[i].code, options[i].value);
        else
            left->options++;
    }
}

int berth_msg6_write(const BerthMsg6 *msg, const BerthOption6 *options, size_t n,
                     const BerthMsg6 *query, BerthWriter *buffer, BerthMsg6Left *ret_left)
{
    BerthWriter w = berth_writer(buffer->at, MIN(berth_writer_left(buffer), BERTH_MSG6_MAX));
    uint8_t *marks[BERTH_MSG6_RELAYS_MAX];
    unsigned n_relays = query ? query->n_relays : 0;
    BerthMsg6Left left = {0};

    for (unsigned i = 0; i < n_relays; i++)
        marks[i] = write_relay(&w, &query->relays[i]);
    write_message(&w, msg, options, n, &left);
    for (unsigned i = n_relays; i > 0; i--)
        berth_write_option6_end(&w, marks[i - 1]);
    if (w.full)
        return -ENOSPC;
    buffer->at = w.at;
    *ret_left = left;
    return (int)(w.at - w.start);
}
