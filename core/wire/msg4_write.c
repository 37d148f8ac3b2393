/* msg4_write - a message to bytes, within the client's limit; see msg4.h.
 *
 * Where options go is found by trying: each attempt writes them into the three fields, and the
 * first that leaves out nothing is taken, nearly always the very first; else the best of them. */
#include "core/wire/msg4.h"

#include <errno.h>
#include <glib.h>

#define COOKIE 0x63825363
#define CHADDR_LEN 16
#define SNAME_LEN 64
#define FILE_LEN 128
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
    uint8_t *main; /* the option field, END included */
    size_t main_len;
} Job;

/* The fields while they are filled; each writer ends one byte before its field, for END. */
typedef struct Fields {
    BerthWriter main, file, sname;
    uint8_t file_bytes[FILE_LEN], sname_bytes[SNAME_LEN];
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

/* All parts or nothing. */
static bool put(BerthWriter *w, const BerthOption4 *option)
{
    BerthReader r = berth_reader(option->value);

    if (encoded_len(option->value) > berth_writer_left(w))
        return false;
    do {
        size_t len = MIN(berth_reader_left(&r), UINT8_MAX);

        berth_write_u8(w, option->code);
        berth_write_u8(w, (uint8_t)len);
        berth_write(w, berth_read(&r, len));
    } while (berth_reader_left(&r) > 0);
    return true;
}

static bool is_ours(uint8_t code)
{
    return code == 0 || code == END || code == BERTH_DHO_DHCP_OPTION_OVERLOAD ||
           code == BERTH_DHO_DHCP_MESSAGE_TYPE;
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

static size_t relay_info_len(const Job *job)
{
    size_t len = 0;

    for (size_t i = 0; i < job->n; i++)
        if (is_relay_info(job->options[i].code))
            len += encoded_len(job->options[i].value);
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

    memset(fields, 0, sizeof(*fields));
    fields->main = berth_writer(job->main, job->main_len - 1);
    if (type)
        put(&fields->main, &option);
    if (!overload)
        return;
    fields->file = berth_writer(fields->file_bytes, *job->msg->file ? 0 : FILE_LEN - 1);
    fields->sname = berth_writer(fields->sname_bytes, *job->msg->sname ? 0 : SNAME_LEN - 1);
    option.code = BERTH_DHO_DHCP_OPTION_OVERLOAD;
    put(&fields->main, &option);
    fields->overload = fields->main.at - 1;
}

static void put_others(const Job *job, Fields *fields)
{
    for (size_t i = 0; i < job->n; i++) {
        uint8_t code = job->options[i].code;

        if (is_ours(code) || is_relay_info(code) || put_somewhere(fields, &job->options[i]))
            continue;
        fields->left_out++;
        fields->n_lost += is_needed(code);
    }
}

/* RFC 3046 section 2.2: the relay agent information is the last option, and never in file or sname.
 */
static void put_relay_info(const Job *job, Fields *fields, bool wanted)
{
    for (size_t i = 0; i < job->n; i++) {
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

/* Fills the fields; false when option 52 would say nothing. */
static bool fill(const Job *job, Fields *fields, Attempt attempt)
{
    size_t reserved = attempt.relay_info ? relay_info_len(job) : 0;

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

static BerthBytes addr4_bytes(const BerthAddr *addr)
{
    return (BerthBytes){addr->b + 12, 4};
}

/* A field of fixed size that holds options and END, or text; zeros behind. */
static void write_field(BerthWriter *w, BerthWriter *options, const char *text, size_t size)
{
    bool used = options->at > options->start;
    BerthBytes bytes = used ? berth_writer_bytes(options) : berth_bytes(text);

    bytes.len = MIN(bytes.len, size);
    berth_write(w, bytes);
    /* RFC 2131 section 4.1: options in file and sname end with END. Their writer kept room for it.
     */
    if (used)
        berth_write_u8(w, END);
    berth_write_zeros(w, size - bytes.len - used);
}

static void write_header(const BerthMsg4 *msg, Fields *fields, BerthWriter *w)
{
    size_t hlen = MIN(msg->hwaddr.len, CHADDR_LEN);

    berth_write_u8(w, msg->op);
    berth_write_u8(w, (uint8_t)msg->hwaddr.type);
    berth_write_u8(w, (uint8_t)hlen);
    berth_write_u8(w, msg->hops);
    berth_write_u32(w, msg->xid);
    berth_write_u16(w, msg->secs);
    berth_write_u16(w, msg->flags);
    berth_write(w, addr4_bytes(&msg->ciaddr));
    berth_write(w, addr4_bytes(&msg->yiaddr));
    berth_write(w, addr4_bytes(&msg->siaddr));
    berth_write(w, addr4_bytes(&msg->giaddr));
    berth_write(w, (BerthBytes){msg->hwaddr.bytes, hlen});
    berth_write_zeros(w, CHADDR_LEN - hlen);
    write_field(w, &fields->sname, msg->sname, SNAME_LEN);
    write_field(w, &fields->file, msg->file, FILE_LEN);
    berth_write_u32(w, COOKIE);
}

int berth_msg4_write(const BerthMsg4 *msg, const BerthOption4 *options, size_t n, size_t limit,
                     BerthWriter *buffer, BerthMsg4Left *ret_left)
{
    Job job = {.msg = msg, .options = options, .n = n};
    const uint8_t *start = buffer->at;
    Fields fields;
    size_t len;

    if (berth_writer_left(buffer) < BERTH_MSG4_MIN)
        return -ENOSPC;
    limit = CLAMP(limit, BERTH_MSG4_MIN, BERTH_MSG4_MAX);
    limit = MIN(limit, berth_writer_left(buffer));
    job.main = buffer->at + BERTH_MSG4_HEADER;
    job.main_len = limit - BERTH_MSG4_HEADER;
    place(&job, &fields);
    write_header(msg, &fields, buffer);
    buffer->at = fields.main.at;
    berth_write_u8(buffer, END);
    len = (size_t)(buffer->at - start);
    if (len < BERTH_MSG4_MIN)
        berth_write_zeros(buffer, BERTH_MSG4_MIN - len);
    *ret_left = (BerthMsg4Left){fields.left_out, fields.relay_info_out};
    return (int)(buffer->at - start);
}
