/* msg4_write - a message to bytes, within the client's limit; see msg4.h.
 *
 * Where options go is found by trying: each attempt writes them into the three fields, and the
 * first that leaves out nothing is taken, nearly always the very first; else the best of them. */
#include "core/wire/msg4.h"

#include <errno.h>
#include <glib.h>

#define OVERLOAD_FILE 1
#define OVERLOAD_SNAME 2
#define END 255

/* What an attempt may use and means to place. */
typedef struct Attempt {
    bool overload, relay_info;
} Attempt;

typedef struct Job {
    const BerthMsg4 *msg;
    const BerthOption4 *options;
    size_t n;
    size_t relay_info_len; /* as it is written; 0: there is none */
    uint8_t *main;         /* the option field, END included */
    size_t main_len;
} Job;

/* The fields while they are filled; each writer ends one byte before its field, for END. */
typedef struct Fields {
    BerthWriter main, file, sname;
    uint8_t file_bytes[BERTH_FILE4], sname_bytes[BERTH_SNAME4]; /* as far as they are written */
    uint8_t *overload;         /* the value of option 52, NULL without it */
    unsigned left_out, n_lost; /* n_lost: of those that no reply can do without */
    bool relay_info_out;
} Fields;

/* RFC 3396 section 6: an option longer than 255 bytes is sent in consecutive parts. */
static size_t encoded_len(BerthBytes value)
{
    size_t parts = value.len > UINT8_MAX ? (value.len + UINT8_MAX - 1) / UINT8_MAX : 1;

    return value.len + 2 * parts;
}

static void put_part(BerthWriter *w, uint8_t code, BerthBytes part)
{
    uint8_t *at = berth_write_room(w, 2 + part.len);

    if (!at)
        return;
    at[0] = code;
    at[1] = (uint8_t)part.len;
    if (part.len > 0)
        memcpy(at + 2, part.data, part.len);
}

/* All parts or nothing. */
static bool put(BerthWriter *w, const BerthOption4 *option)
{
    BerthReader r = berth_reader(option->value);

    if (encoded_len(option->value) > berth_writer_left(w))
        return false;
    while (berth_reader_left(&r) > UINT8_MAX)
        put_part(w, option->code, berth_read(&r, UINT8_MAX));
    put_part(w, option->code, berth_read(&r, berth_reader_left(&r)));
    return true;
}

static bool is_ours(uint8_t code)
{
    return code == 0 || code == END || code == BERTH_DHO_DHCP_MESSAGE_TYPE;
}

static bool is_relay_info(uint8_t code)
{
    return code == BERTH_DHO_DHCP_AGENT_OPTIONS;
}

/* Where these have no room, the relay agent information has none either: RFC 2131 table 3, RFC
 * 6842.
 */
static bool is_needed(uint8_t code)
{
    return code == BERTH_DHO_DHCP_SERVER_IDENTIFIER || code == BERTH_DHO_DHCP_LEASE_TIME ||
           code == BERTH_DHO_DHCP_RENEWAL_TIME || code == BERTH_DHO_DHCP_REBINDING_TIME ||
           code == BERTH_DHO_SUBNET_MASK || code == BERTH_DHO_DHCP_CLIENT_IDENTIFIER;
}

static size_t relay_info_len(const BerthOption4 *options, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++)
        if (is_relay_info(options[i].code))
            len += encoded_len(options[i].value);
    return len;
}

/* RFC 2131 section 4.1: the option field, then file, then sname. */
static bool put_somewhere(Fields *fields, const BerthOption4 *option)
{
    if (put(&fields->main, option))
        return true;
    /* Without overload these have no room; and never for one that would have to be split. */
    return put(&fields->file, option) || put(&fields->sname, option);
}

static void begin(const Job *job, Fields *fields, bool overload)
{
    uint8_t type = (uint8_t)job->msg->type;
    BerthOption4 option = {BERTH_DHO_DHCP_MESSAGE_TYPE, {&type, 1}};

    fields->main = berth_writer(job->main, job->main_len - 1);
    fields->file = berth_writer(fields->file_bytes, 0);
    fields->sname = berth_writer(fields->sname_bytes, 0);
    fields->overload = NULL;
    fields->left_out = fields->n_lost = 0;
    fields->relay_info_out = false;
    if (type)
        put(&fields->main, &option);
    if (!overload)
        return;
    fields->file = berth_writer(fields->file_bytes, *job->msg->file ? 0 : BERTH_FILE4 - 1);
    fields->sname = berth_writer(fields->sname_bytes, *job->msg->sname ? 0 : BERTH_SNAME4 - 1);
    option.code = BERTH_DHO_DHCP_OPTION_OVERLOAD;
    put(&fields->main, &option);
    fields->overload = fields->main.at - 1;
}

static void put_others(const Job *job, Fields *fields)
{
    for (size_t i = 0; i < job->n; i++) {
        uint8_t code = job->options[i].code;

        if (is_ours(code) || is_relay_info(code) ||
            (code == BERTH_DHO_DHCP_OPTION_OVERLOAD && fields->overload) ||
            put_somewhere(fields, &job->options[i]))
            continue;
        fields->left_out++;
        fields->n_lost += is_needed(code);
    }
}

/* RFC 3046 section 2.2: the relay agent information is the last option, and never in file or sname.
 */
static void put_relay_info(const Job *job, Fields *fields, bool wanted)
{
    for (size_t i = 0; job->relay_info_len > 0 && i < job->n; i++) {
        if (!is_relay_info(job->options[i].code) ||
            (wanted && put(&fields->main, &job->options[i])))
            continue;
        fields->left_out++;
        fields->relay_info_out = true;
    }
}

static uint8_t fields_used(const Fields *fields)
{
    return (uint8_t)((fields->file.at > fields->file.start ? OVERLOAD_FILE : 0) |
                     (fields->sname.at > fields->sname.start ? OVERLOAD_SNAME : 0));
}

/* Fills the fields; false when option 52 would say nothing, or may not be: BOOTP has none. */
static bool fill(const Job *job, Fields *fields, Attempt attempt)
{
    size_t reserved = attempt.relay_info ? job->relay_info_len : 0;

    if (attempt.overload && job->msg->type == 0)
        return false;
    begin(job, fields, attempt.overload);
    reserved = MIN(reserved, berth_writer_left(&fields->main));
    fields->main.end -= reserved;
    put_others(job, fields);
    fields->main.end += reserved;
    put_relay_info(job, fields, attempt.relay_info);
    if (!attempt.overload)
        return true;
    *fields->overload = fields_used(fields);
    return *fields->overload != 0;
}

static bool is_whole(const Job *job, Fields *fields, Attempt attempt)
{
    return fill(job, fields, attempt) && fields->left_out == 0;
}

/* As much as all three fields hold, with option 52 only where it says something. */
static void fill_all(const Job *job, Fields *fields, bool relay_info)
{
    if (!fill(job, fields, (Attempt){true, relay_info}))
        fill(job, fields, (Attempt){false, relay_info});
}

static void place(const Job *job, Fields *fields)
{
    unsigned n_lost;

    if (is_whole(job, fields, (Attempt){false, true}) ||
        is_whole(job, fields, (Attempt){true, true}))
        return;
    /* Something has to stay behind. RFC 3046 section 2.2: the relay agent information is echoed,
     * and left out as a whole only where the server is unable to. */
    fill_all(job, fields, false);
    n_lost = fields->n_lost;
    fill_all(job, fields, true);
    if (!fields->relay_info_out && fields->n_lost <= n_lost)
        return;
    fill(job, fields, (Attempt){false, false});
    if (fields->left_out > 1)
        fill_all(job, fields, false);
}

/* A field of fixed size that holds options and END, or text; zeros behind. */
static void write_field(uint8_t *to, BerthWriter *options, const char *text, size_t size)
{
    bool used = options->at > options->start;
    BerthBytes bytes = used ? berth_writer_bytes(options) : berth_bytes(*text ? text : NULL);
    BerthWriter w = berth_writer(to, size);

    bytes.len = MIN(bytes.len, size);
    berth_write(&w, bytes);
    /* RFC 2131 section 4.1: options in file and sname end with END. Their writer kept room for it.
     */
    if (used)
        berth_write_u8(&w, END);
    berth_write_zeros(&w, berth_writer_left(&w));
}

static void put_addr(uint8_t *to, const BerthAddr *addr)
{
    memcpy(to, addr->b + 12, 4);
}

static void write_fixed(const BerthMsg4 *msg, Fields *fields, BerthWire4 *wire)
{
    size_t hlen = MIN(msg->hwaddr.len, BERTH_CHADDR4);

    wire->op = msg->op;
    wire->htype = (uint8_t)msg->hwaddr.type;
    wire->hlen = (uint8_t)hlen;
    wire->hops = msg->hops;
    wire->xid = htobe32(msg->xid);
    wire->secs = htobe16(msg->secs);
    wire->flags = htobe16(msg->flags);
    put_addr(wire->ciaddr, &msg->ciaddr);
    put_addr(wire->yiaddr, &msg->yiaddr);
    put_addr(wire->siaddr, &msg->siaddr);
    put_addr(wire->giaddr, &msg->giaddr);
    memset(wire->chaddr, 0, BERTH_CHADDR4);
    memcpy(wire->chaddr, msg->hwaddr.bytes, hlen);
    write_field((uint8_t *)wire->sname, &fields->sname, msg->sname, BERTH_SNAME4);
    write_field((uint8_t *)wire->file, &fields->file, msg->file, BERTH_FILE4);
    wire->cookie = htobe32(BERTH_COOKIE4);
}

int berth_msg4_write(const BerthMsg4 *msg, const BerthOption4 *options, size_t n, size_t limit,
                     BerthWriter *buffer, BerthMsg4Left *ret_left)
{
    Job job = {.msg = msg, .options = options, .n = n};
    uint8_t *start = buffer->at;
    BERTH_UNCLEARED Fields fields;
    size_t len;

    if (berth_writer_left(buffer) < BERTH_MSG4_MIN)
        return -ENOSPC;
    limit = CLAMP(limit, BERTH_MSG4_MIN, BERTH_MSG4_MAX);
    limit = MIN(limit, berth_writer_left(buffer));
    job.main = buffer->at + sizeof(BerthWire4);
    job.main_len = limit - sizeof(BerthWire4);
    job.relay_info_len = relay_info_len(options, n);
    place(&job, &fields);
    write_fixed(msg, &fields, (BerthWire4 *)start);
    buffer->at = fields.main.at;
    berth_write_u8(buffer, END);
    len = (size_t)(buffer->at - start);
    if (len < BERTH_MSG4_MIN)
        berth_write_zeros(buffer, BERTH_MSG4_MIN - len);
    *ret_left = (BerthMsg4Left){fields.left_out, fields.relay_info_out};
    return (int)(buffer->at - start);
}
