/* test_scripts - the Lua scripts by themselves, in a real redis-server: state, call -> answer,
 * state.
 *
 * A call of commit is a batch in words, one a unit, ',' between its changes:
 *   1a      address 1 goes to client a; nothing must be there, and nothing is known of a
 *   1a@5    ... the revision with counter 5 must be there; @2.5: of epoch 2
 *   1a<4    ... and the latest lease of a that is known has counter 4
 *   -1a@5   the lease is removed; a is whose it was
 * Its answer: "+5" OK, counter 5 the first; "!1=a5 " lost to what is at 1; "!1=" to nothing being
 * there. The state: leases "1=a5", bindings "a>1.5" (address, counter), and "#5" the counter. */
#include "codec.h"
#include "scripts.h"
#include "test_proc.h"
#include "tests/lib/rows.h"

#define SET "7d2b0cf8-0000-4000-8000-000000000001"
#define OWNER "swap:me"
#define EPOCH 1

static Proc proc;
static CallPlace place;

/* ---- calling ---- */

static void add(GPtrArray *args, const void *data, size_t len)
{
    GByteArray *arg = g_byte_array_new();

    g_byte_array_append(arg, data, (unsigned)len);
    g_ptr_array_add(args, arg);
}

static void add_text(GPtrArray *args, const char *text)
{
    add(args, text, strlen(text));
}

static GPtrArray *args_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
}

/* Takes the arguments over. */
static redisReply *call(ScriptName script, GPtrArray *args)
{
    unsigned n = 3 + KEYS + args->len;
    g_autofree const char **argv = g_new(const char *, n);
    g_autofree size_t *lens = g_new(size_t, n);
    redisReply *reply;

    argv[0] = "EVAL";
    argv[1] = lease_redis_scripts[script];
    argv[2] = "6";
    for (unsigned i = 0; i < KEYS; i++)
        argv[3 + i] = place.keys[i];
    for (unsigned i = 0; i < 3 + KEYS; i++)
        lens[i] = strlen(argv[i]);
    for (unsigned i = 0; i < args->len; i++) {
        const GByteArray *arg = g_ptr_array_index(args, i);

        argv[3 + KEYS + i] = arg->len ? (const char *)arg->data : "";
        lens[3 + KEYS + i] = arg->len;
    }
    reply = proc_do_args(&proc, (int)n, argv, lens);
    g_ptr_array_unref(args);
    return reply;
}

static void put_text(GString *text, const redisReply *reply)
{
    if (text->len)
        g_string_append_c(text, ' ');
    if (reply->type == REDIS_REPLY_INTEGER)
        g_string_append_printf(text, "%lld", reply->integer);
    else if (reply->type == REDIS_REPLY_ARRAY)
        for (size_t i = 0; i < reply->elements; i++)
            put_text(text, reply->element[i]);
    else
        g_string_append(text, reply->str ? reply->str : "nil");
}

static void check_reply(redisReply *reply, const char *want)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!reply)
        return;
    put_text(text, reply);
    CHECK_TEXT(text->str, want);
    freeReplyObject(reply);
}

/* Of words. */
static void check_call(ScriptName script, const char *words, const char *want)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    GPtrArray *args = args_new();

    for (char **word = list; *word; word++)
        add_text(args, strcmp(*word, "''") == 0 ? "" : *word);
    check_reply(call(script, args), want);
}

/* ---- what it is made of ---- */

static void key_of(unsigned octet, uint8_t ret[4])
{
    memcpy(ret, (uint8_t[]){10, 0, 0, (uint8_t)octet}, 4);
}

static uint64_t revision_of(const char *text)
{
    char *end;
    uint64_t first = g_ascii_strtoull(text, &end, 10), epoch = EPOCH, counter = first;

    if (*end == '.') {
        epoch = first;
        counter = g_ascii_strtoull(end + 1, NULL, 10);
    }
    return epoch << BERTH_REVISION_EPOCH_SHIFT | counter;
}

static void add_revision(GPtrArray *args, uint64_t revision)
{
    uint8_t bytes[CODEC_REVISION_LEN];

    codec_put_revision(revision, bytes);
    add(args, bytes, sizeof(bytes));
}

/* As the scripts see it: only revision and key matter. */
static void put_body(GByteArray *out, const char *key)
{
    static const uint8_t head[13] = {0};
    uint8_t len[2] = {0, (uint8_t)strlen(key)};

    g_byte_array_append(out, head, sizeof(head));
    g_byte_array_append(out, len, sizeof(len));
    g_byte_array_append(out, (const uint8_t *)key, (unsigned)strlen(key));
    g_byte_array_append(out, (const uint8_t *)"lease", 5);
}

typedef struct Change {
    bool is_removal;
    unsigned octet;
    char binding[2];
    const char *expected, *known; /* NULL: nothing, 0 */
} Change;

static const char *parse_change(const char *at, Change *ret)
{
    char *end;

    *ret = (Change){.is_removal = *at == '-'};
    ret->octet = (unsigned)strtoul(at + ret->is_removal, &end, 10);
    ret->binding[0] = *end++;
    for (; *end && *end != ','; end++) {
        if (*end == '@')
            ret->expected = end + 1;
        else if (*end == '<')
            ret->known = end + 1;
    }
    return end;
}

static void add_change(GPtrArray *args, const Change *change)
{
    uint8_t key[4];

    key_of(change->octet, key);
    add(args, key, sizeof(key));
    if (change->expected)
        add_revision(args, revision_of(change->expected));
    else
        add(args, "", 0);
    add_text(args, change->binding);
    add_revision(args, change->known ? revision_of(change->known) : 0);
    if (change->is_removal) {
        add(args, "\40", 1);
    } else {
        add(args, "", 0);
        put_body(g_ptr_array_index(args, args->len - 1), change->binding);
    }
}

static void add_unit(GPtrArray *args, const char *word)
{
    unsigned at = args->len, n = 0;
    char text[8];

    add_text(args, "");
    for (const char *c = word; *c; n++) {
        Change change;

        c = parse_change(c, &change);
        add_change(args, &change);
        c += *c == ',';
    }
    g_snprintf(text, sizeof(text), "%u", n);
    g_byte_array_append(g_ptr_array_index(args, at), (const uint8_t *)text, (unsigned)strlen(text));
}

static GPtrArray *batch_of(const char *mode, const char *epoch, const char *words)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    GPtrArray *args = args_new();

    add_text(args, mode);
    add_text(args, SET);
    add_text(args, epoch);
    add_text(args, OWNER);
    add_text(args, "100");
    if (strcmp(mode, "import") == 0)
        for (unsigned i = 0; i < 4; i++) /* of copies: none */
            add_text(args, i == 1 ? "" : "0");
    for (char **word = list; *word; word++)
        if (**word)
            add_unit(args, *word);
    return args;
}

/* ---- what comes of it ---- */

static void put_value(GString *text, const redisReply *key, const redisReply *value)
{
    BerthBytes bytes = {(const uint8_t *)value->str, value->len};
    uint64_t revision = codec_revision(bytes);
    unsigned epoch = (unsigned)(revision >> BERTH_REVISION_EPOCH_SHIFT);

    g_string_append_printf(text, "%u=", (uint8_t)key->str[3]);
    if (value->len > 23)
        g_string_append_c(text, value->str[23]);
    if (value->len && epoch != EPOCH)
        g_string_append_printf(text, "%u.", epoch);
    if (value->len)
        g_string_append_printf(text, "%u", (unsigned)(revision & 0xffffffff));
}

/* Of commit. */
static char *answer_text(const redisReply *reply)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 2; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        const redisReply *unit = reply->element[i];

        if (text->len)
            g_string_append_c(text, ' ');
        if (unit->type == REDIS_REPLY_INTEGER) {
            g_string_append_printf(text, "+%lld", unit->integer);
            continue;
        }
        g_string_append_c(text, '!');
        for (size_t w = 0; w + 2 < unit->elements; w += 2) {
            if (w)
                g_string_append_c(text, ',');
            put_value(text, unit->element[w], unit->element[w + 1]);
        }
    }
    if (reply->type == REDIS_REPLY_ERROR || text->len == 0)
        put_text(text, reply);
    return g_string_free(text, FALSE);
}

static int compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_hash(GString *text, PlaceKey key,
                     void (*put)(GString *, const redisReply *, const redisReply *))
{
    redisReply *all = proc_do(&proc, "HGETALL %s", place.keys[key]);
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; all && i + 1 < all->elements; i += 2) {
        GString *word = g_string_new(NULL);

        put(word, all->element[i], all->element[i + 1]);
        g_ptr_array_add(words, g_string_free(word, FALSE));
    }
    g_ptr_array_sort(words, compare);
    for (unsigned i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s ", (const char *)g_ptr_array_index(words, i));
    g_ptr_array_unref(words);
    freeReplyObject(all);
}

static void put_binding(GString *text, const redisReply *key, const redisReply *value)
{
    uint64_t revision = codec_revision((BerthBytes){(const uint8_t *)value->str, value->len});

    g_string_append_printf(text, "%s>%u.%u", key->str, (uint8_t)value->str[11],
                           (unsigned)(revision & 0xffffffff));
}

static void check_state(const char *want)
{
    g_autoptr(GString) text = g_string_new(NULL);
    redisReply *counter = proc_do(&proc, "HGET %s counter", place.keys[KEY_META]);

    put_hash(text, KEY_LEASES, put_value);
    put_hash(text, KEY_BINDINGS, put_binding);
    g_string_append_printf(text, "#%s", counter->str ? counter->str : "");
    CHECK_TEXT(text->str, want);
    freeReplyObject(counter);
}

/* ---- commit ---- */

typedef struct Row {
    const char *name, *before, *batch, *answer, *after;
} Row;

/* clang-format off */
/* `before`: batches that end OK, ';' between them. */
static const Row commit_rows[] = {
    {"a new lease",                         "", "1a", "+1", "1=a1 a>1.1 #1"},
    {"several units",                       "", "1a 2b,3c 4d", "+1 +2 +4", "1=a1 2=b2 3=c3 4=d4 a>1.1 b>2.2 c>3.3 d>4.4 #4"},
    {"the address is taken",                "1a", "1b", "!1=a1", "1=a1 a>1.1 #1"},
    {"... by the same client",              "1a", "1a", "!1=a1", "1=a1 a>1.1 #1"},
    {"a renewal",                           "1a", "1a@1<1", "+2", "1=a2 a>1.2 #2"},
    {"a renewal of what was renewed",       "1a;1a@1<1", "1a@1<1", "!1=a2", "1=a2 a>1.2 #2"},
    {"a renewal of what was removed",       "1a;-1a@1<1", "1a@1<1", "!1=", "#2"},
    {"a renewal in another epoch",          "1a", "1a@2.1<2.1", "!1=a1", "1=a1 a>1.1 #1"},
    {"an address changes its client",       "1a", "1b@1", "+2", "1=b2 b>1.2 #2"},
    {"... but not what is newer",           "1a;1a@1<1", "1b@1", "!1=a2", "1=a2 a>1.2 #2"},
    {"a removal",                           "1a", "-1a@1<1", "+2", "#2"},
    {"a removal of what was renewed",       "1a;1a@1<1", "-1a@1<1", "!1=a2", "1=a2 a>1.2 #2"},
    {"a removal of nothing",                "", "-1a@1<1", "!1=", "#0"},
    {"the client has another lease",        "1a", "2a", "!1=a1", "1=a1 a>1.1 #1"},
    {"... which was known",                 "1a", "2a<1", "+2", "1=a1 2=a2 a>2.2 #2"},
    {"... and then the first is removed",   "1a;2a<1", "-1a@1<2", "+3", "2=a2 a>2.2 #3"},
    {"... or the last",                     "1a;2a<1", "-2a@2<2", "+3", "1=a1 #3"},
    {"... which the unit itself removes",   "1a", "2a,-1a@1", "+2", "2=a2 a>2.2 #3"},
    {"... which is another's now",          "1a;1b@1", "2a", "+3", "1=b2 2=a3 a>2.3 b>1.2 #3"},
    {"... that another unit has lost",      "1a", "1b@1 2a", "+2 +3", "1=b2 2=a3 a>2.3 b>1.2 #3"},
    {"both address and client",             "1a;2b", "2a", "!2=b2,1=a1", "1=a1 2=b2 a>1.1 b>2.2 #2"},
    {"half a unit is nothing",              "1a", "2b,1c", "!1=a1", "1=a1 a>1.1 #1"},
    {"other units go on",                   "1a", "2b 1c 3d", "+2 !1=a1 +3", "1=a1 2=b2 3=d3 a>1.1 b>2.2 d>3.3 #3"},
    {"two of a batch want one address",     "", "1a 1b", "+1 !1=a1", "1=a1 a>1.1 #1"},
    {"two of a batch are one client",       "", "1a 2a", "+1 !1=a1", "1=a1 a>1.1 #1"},
    {"a renewal in its own batch",          "", "1a 1a@1<1", "+1 +2", "1=a2 a>1.2 #2"},
    {"removed and given in one batch",      "1a", "-1a@1<1 1b", "+2 +3", "1=b3 b>1.3 #3"},
    {"all of a large unit",                 "", "1a,2b,3c,4d,5e,6f,7g,8h", "+1", "1=a1 2=b2 3=c3 4=d4 5=e5 6=f6 7=g7 8=h8 a>1.1 b>2.2 c>3.3 d>4.4 e>5.5 f>6.6 g>7.7 h>8.8 #8"},
    {"HI-172: a client called {",           "", "1{ 2} 3*", "+1 +2 +3", "1={1 2=}2 3=*3 *>3.3 {>1.1 }>2.2 #3"},
    {"nothing to do",                       "1a", "", "OK 1", "1=a1 a>1.1 #1"},
    {0},
};
/* clang-format on */

static void reset(void)
{
    proc_tell(&proc, "FLUSHALL");
    check_call(SCRIPT_CREATE, SET " 1 0 m1 ''", "OK 1");
}

static void run_all(const char *batches)
{
    g_auto(GStrv) list = g_strsplit(batches, ";", -1);

    for (char **batch = list; *batch; batch++) {
        redisReply *reply = call(SCRIPT_COMMIT, batch_of("commit", "1", *batch));
        g_autofree char *text = answer_text(reply);

        CHECK(strchr(text, '!') == NULL);
        freeReplyObject(reply);
    }
}

static void check_batch(const char *mode, const char *epoch, const char *batch, const char *want)
{
    redisReply *reply = call(SCRIPT_COMMIT, batch_of(mode, epoch, batch));
    g_autofree char *text = answer_text(reply);

    CHECK_TEXT(text, want);
    freeReplyObject(reply);
}

static void test_commit(void)
{
    for (const Row *row = commit_rows; row->name; row++) {
        berth_row("%s", row->name);
        reset();
        run_all(row->before);
        check_batch("commit", "1", row->batch, row->answer);
        check_state(row->after);
    }
}

/* More than Lua's stack holds at once. */
static void test_large(void)
{
    GPtrArray *args;
    redisReply *reply;

    berth_row("a batch of 5000");
    reset();
    args = batch_of("commit", "1", "");
    for (unsigned i = 0; i < 5000; i++) {
        uint8_t key[4] = {10, 1, (uint8_t)(i >> 8), (uint8_t)i};
        g_autofree char *binding = g_strdup_printf("client%u", i);

        add_text(args, "1");
        add(args, key, sizeof(key));
        add(args, "", 0);
        add_text(args, binding);
        add_revision(args, 0);
        add(args, "", 0);
        put_body(g_ptr_array_index(args, args->len - 1), binding);
    }
    reply = call(SCRIPT_COMMIT, args);
    CHECK_INT(reply->elements, 5002);
    CHECK_INT(reply->elements == 5002 ? reply->element[5001]->integer : 0, 5000);
    freeReplyObject(reply);
    check_reply(proc_do(&proc, "HLEN %s", place.keys[KEY_LEASES]), "5000");
    check_reply(proc_do(&proc, "HLEN %s", place.keys[KEY_BINDINGS]), "5000");
    check_reply(proc_do(&proc, "XLEN %s", place.keys[KEY_LOG]), "2");
}

static void test_refused(void)
{
    berth_row("another epoch");
    reset();
    check_batch("commit", "2", "1a", "EPOCH 1");
    berth_row("no data set");
    proc_tell(&proc, "FLUSHALL");
    check_batch("commit", "1", "1a", "DATASET ");
    check_reply(proc_do(&proc, "DBSIZE"), "0");
    berth_row("another data set");
    check_call(SCRIPT_CREATE, "other 1 0 m1 ''", "OK 1");
    check_batch("commit", "1", "1a", "DATASET other");
    berth_row("another schema");
    reset();
    proc_tell(&proc, "HSET %s schema 2", place.keys[KEY_META]);
    check_batch("commit", "1", "1a", "SCHEMA 2");
    berth_row("superseded");
    reset();
    check_call(SCRIPT_MARK, SET " 1 x superseded elsewhere", "OK 1");
    check_batch("commit", "1", "1a", "SUPERSEDED elsewhere");
    check_state("#0");
    berth_row("filled by another");
    reset();
    proc_tell(&proc, "HSET %s filling swap:you", place.keys[KEY_META]);
    check_batch("commit", "1", "1a", "FILLING swap:you");
    check_state("#0");
}

/* HI-165: what scripts find that is none of ours; nothing is written where the script breaks. */
static void test_strange(void)
{
    static const char key[] = {10, 0, 0, 1};

    berth_row("HI-165: garbage at the address");
    reset();
    proc_tell(&proc, "HSET %s %b xyz", place.keys[KEY_LEASES], key, sizeof(key));
    check_batch("commit", "1", "1a", "!1=0.0");
    berth_row("HI-165: garbage in the index of bindings");
    reset();
    proc_tell(&proc, "HSET %s a xyz", place.keys[KEY_BINDINGS]);
    check_batch("commit", "1", "1a", "+1");
    for (unsigned i = 0; i < KEY_SERVERS; i++) {
        redisReply *reply;
        bool broke;

        berth_row("HI-165: a list in place of %s", place.keys[i]);
        reset();
        proc_tell(&proc, "DEL %s", place.keys[i]);
        proc_tell(&proc, "LPUSH %s x", place.keys[i]);
        reply = call(SCRIPT_COMMIT, batch_of("commit", "1", "1a"));
        broke = reply->type == REDIS_REPLY_ERROR && g_str_has_prefix(reply->str, "WRONGTYPE");
        CHECK(broke);
        freeReplyObject(reply);
        if (i != KEY_LEASES)
            check_reply(proc_do(&proc, "HLEN %s", place.keys[KEY_LEASES]), "0");
        if (i != KEY_BINDINGS)
            check_reply(proc_do(&proc, "HLEN %s", place.keys[KEY_BINDINGS]), "0");
    }
}

/* ---- the log ---- */

static void test_log(void)
{
    redisReply *entries;

    berth_row("one entry a batch, with all that changed");
    reset();
    run_all("1a 2b;-1a@1<1");
    entries = proc_do(&proc, "XRANGE %s - +", place.keys[KEY_LOG]);
    if (CHECK_INT(entries->elements, 3)) {
        const redisReply *fields = entries->element[1]->element[1];

        CHECK_TEXT(fields->element[1]->str, "1");
        CHECK_TEXT(fields->element[3]->str, "2");
        CHECK_INT(fields->element[5]->len, (size_t)2 * (1 + 4 + 4 + 8 + 13 + 2 + 1 + 5));
        fields = entries->element[2]->element[1];
        CHECK_TEXT(fields->element[1]->str, "3");
        CHECK_INT(fields->element[5]->len, 1 + 4 + 4 + 8 + 1);
    }
    freeReplyObject(entries);
    berth_row("nothing of what was lost");
    check_batch("commit", "1", "2c", "!2=b2");
    check_reply(proc_do(&proc, "XLEN %s", place.keys[KEY_LOG]), "3");
}

/* ---- import ---- */

static void test_import(void)
{
    berth_row("revisions are kept, 0 too, and what is given later is greater");
    proc_tell(&proc, "FLUSHALL");
    check_call(SCRIPT_CREATE, SET " 1 0 m1 " OWNER, "OK 1");
    check_batch("import", "1", "1a@3.70 2b@0.0 3c@1.5", "+0 +0 +0");
    check_state("1=a3.70 2=b0.0 3=c5 a>1.70 b>2.0 c>3.5 #70");
    check_reply(proc_do(&proc, "XLEN %s", place.keys[KEY_LOG]), "1");
    berth_row("again, whatever is there");
    check_batch("import", "1", "1b@3.71 -2b@0.0", "+0 +0");
    check_state("1=b3.71 3=c5 b>1.71 c>3.5 #71");
    berth_row("a commit ends it");
    check_batch("commit", "3", "4d 1b@3.71<3.71", "+72 +73");
    check_reply(proc_do(&proc, "HEXISTS %s filling", place.keys[KEY_META]), "0");
    berth_row("by nobody else");
    proc_tell(&proc, "HSET %s filling swap:you", place.keys[KEY_META]);
    check_batch("import", "3", "5e@1.1", "FILLING swap:you");
}

/* ---- reassert ---- */

static void add_value(GPtrArray *args, unsigned octet, const char *binding, uint64_t revision)
{
    uint8_t key[4];

    key_of(octet, key);
    add(args, key, sizeof(key));
    add_revision(args, revision);
    if (*binding)
        put_body(g_ptr_array_index(args, args->len - 1), binding);
    else
        g_byte_array_append(g_ptr_array_index(args, args->len - 1), (const uint8_t *)"\40", 1);
}

typedef struct AssertRow {
    const char *name, *before, *told, *written, *after;
} AssertRow;

/* clang-format off */
/* `told`: what is written back, one call a word: "1a@1.7" had revision 7 of epoch 1; "+1a@2.8" is a
 * commit meanwhile. `written`: what each has come to. */
static const AssertRow assert_rows[] = {
    {"what is lost comes back", "", "1a@1.7", "1", "1=a2.8 a>1.8 #8"},
    {"what is older is replaced", "1a", "1a@1.7", "1", "1=a2.8 a>1.8 #8"},
    {"... by another client's", "1b", "1a@1.7", "1", "1=a2.8 a>1.8 #8"},
    {"what is the same stays", "1a", "1a@1.1", "0", "1=a1 a>1.1 #7"},
    {"what is newer stays", "1a;1b@1", "1a@1.1", "0", "1=b2 b>1.2 #7"},
    {"a removal that was lost", "1a", "-1a@1.7", "1", "#8"},
    {"a removal of nothing", "", "-1a@1.7", "0", "#7"},
    {"a removal of what was given again", "1a;-1a@1<1;1b", "-1a@1.2", "0", "1=b3 b>1.3 #7"},
    {"of two the later one is told last", "", "1a@1.6 1b@1.7", "1 1", "1=b2.9 b>1.9 #9"},
    {"... or first", "", "1b@1.7 1a@1.6", "1 0", "1=b2.8 b>1.8 #8"},
    {"of three", "", "1b@1.5 1c@1.7 1a@1.6", "1 1 0", "1=c2.9 c>1.9 #9"},
    {"the same by two", "", "1a@1.7 1a@1.7", "1 0", "1=a2.8 a>1.8 #8"},
    {"a removal after what it removes", "", "1a@1.6 -1a@1.7", "1 1", "#9"},
    {"... or before it", "", "-1a@1.7 1a@1.6", "0 0", "#7"},
    {"... that was there", "1a", "-1a@1.7 1a@1.6", "1 0", "#8"},
    {"given again after it", "", "-1a@1.6 1b@1.7", "0 1", "1=b2.8 b>1.8 #8"},
    {"what was changed since stays", "", "1a@1.6 +1b@2.8 1c@1.7", "1 +9 0", "1=b2.9 b>1.9 #9"},
    {"... or was removed", "", "1a@1.6 +-1a@2.8 1c@1.7", "1 +9 0", "#9"},
    {"what was removed before the end", "1a;-1a@1<1", "1a@1.1", "0", "#7"},
    {"... and what came after it", "1a;-1a@1<1", "1a@1.1 1b@1.3", "0 1", "1=b2.8 b>1.8 #8"},
    {"what this epoch gave was not lost", "", "+1a +-1a@2.8 1a@2.8", "+8 +9 0", "#9"},
    {"an epoch that the store never saw", "1a", "1b@0.1 2b@3.1", "0 1", "1=a1 2=b2.8 a>1.1 b>2.8 #8"},
    {0},
};
/* clang-format on */

static redisReply *reassert(const char *epoch, const Change *change)
{
    GPtrArray *args = args_new();

    add_text(args, SET);
    add_text(args, epoch);
    add_text(args, "mend:me");
    add_text(args, "100");
    add_value(args, change->octet, change->is_removal ? "" : change->binding,
              revision_of(change->expected));
    return call(SCRIPT_REASSERT, args);
}

/* Of one word of `told`. */
static void tell(const char *epoch, const char *word, GString *out)
{
    redisReply *reply;
    Change change;

    if (out->len)
        g_string_append_c(out, ' ');
    if (*word == '+') {
        g_autofree char *text = NULL;

        reply = call(SCRIPT_COMMIT, batch_of("commit", epoch, word + 1));
        text = answer_text(reply);
        g_string_append(out, text);
    } else {
        parse_change(word, &change);
        reply = reassert(epoch, &change);
        if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3)
            g_string_append_printf(out, "%lld", reply->element[2]->integer);
        else
            put_text(out, reply);
    }
    freeReplyObject(reply);
}

static void check_told(const char *epoch, const char *told, const char *written)
{
    g_auto(GStrv) words = g_strsplit(told, " ", -1);
    g_autoptr(GString) got = g_string_new(NULL);

    for (char **word = words; *word; word++)
        tell(epoch, *word, got);
    CHECK_TEXT(got->str, written);
}

static void test_reassert(void)
{
    for (const AssertRow *row = assert_rows; row->name; row++) {
        berth_row("%s", row->name);
        reset();
        run_all(row->before);
        check_call(SCRIPT_EPOCH, SET " 1 m2 1 7 ''", "OK 2");
        check_told("2", row->told, row->written);
        check_state(row->after);
    }
}

/* What is kept beside the leases while servers write back. */
static void test_asserted(void)
{
    berth_row("another fail-over before all have told");
    reset();
    check_call(SCRIPT_EPOCH, SET " 1 m2 1 7 ''", "OK 2");
    check_told("2", "1a@1.6 -2a@1.7", "1 0");
    check_call(SCRIPT_EPOCH, SET " 2 m3 0 0 ''", "OK 3");
    check_told("3", "1b@1.5 2a@1.6", "0 0");
    check_state("1=a2.8 a>1.8 #8");
    berth_row("what came after the writing back, and was lost by the next fail-over");
    reset();
    check_call(SCRIPT_EPOCH, SET " 1 m2 1 7 ''", "OK 2");
    check_told("2", "1a@1.6 +-1a@2.8 -2a@1.7", "1 +9 0");
    check_call(SCRIPT_EPOCH, SET " 2 m3 0 0 ''", "OK 3");
    check_told("3", "1b@2.10 2b@2.11 1c@1.7 2c@1.8", "1 1 0 0");
    check_state("1=b3.10 2=b3.11 b>2.11 #11");
    berth_row("when all have, it is forgotten");
    reset();
    check_call(SCRIPT_EPOCH, SET " 1 m2 1 7 ''", "OK 2");
    check_told("2", "1a@1.6", "1");
    check_call(SCRIPT_EPOCH, SET " 2 m3 0 0 ''", "OK 3");
    check_call(SCRIPT_MARK, SET " 2 x told", "EPOCH 3");
    check_reply(proc_do(&proc, "EXISTS %s", place.keys[KEY_ASSERTED]), "1");
    check_call(SCRIPT_MARK, SET " 3 x told", "OK 3");
    check_reply(proc_do(&proc, "EXISTS %s", place.keys[KEY_ASSERTED]), "0");
    berth_row("what is forgotten was stored");
    check_told("3", "1b@1.7", "0");
}

static void test_ends(void)
{
    berth_row("each epoch has an end of its own");
    reset();
    run_all("1a;-1a@1<1");
    check_call(SCRIPT_EPOCH, SET " 1 m2 0 0 ''", "OK 2");
    check_told("2", "+2b +-2b@2.3", "+3 +4");
    check_call(SCRIPT_EPOCH, SET " 2 m3 4 9 ''", "OK 5");
    check_told("5", "1a@1.2 1a@2.4 1a@2.5", "0 0 1");
    berth_row("what is between two of them was lost whole");
    check_told("5", "3a@3.1 4a@4.9", "1 1");
    berth_row("of epochs that were forgotten nothing comes back");
    reset();
    for (unsigned epoch = 1; epoch <= 65; epoch++) {
        g_autofree char *words = g_strdup_printf(SET " %u m 0 0 ''", epoch);
        g_autofree char *want = g_strdup_printf("OK %u", epoch + 1);

        check_call(SCRIPT_EPOCH, words, want);
    }
    check_told("66", "1a@1.5 2b@2.5", "0 1");
}

/* ---- the data set as a whole ---- */

static void test_epoch(void)
{
    berth_row("the first one wins");
    reset();
    run_all("1a");
    check_call(SCRIPT_EPOCH, SET " 1 m2 0 0 ''", "OK 2");
    check_call(SCRIPT_EPOCH, SET " 1 m2 0 0 ''", "EPOCH 2");
    check_batch("commit", "1", "2b", "EPOCH 2");
    check_batch("commit", "2", "2b", "+2");
    berth_row("above what is known");
    check_call(SCRIPT_EPOCH, SET " 2 m2 5 99 mend:me", "OK 6");
    check_reply(proc_do(&proc, "HMGET %s epoch counter master filling", place.keys[KEY_META]),
                "6 99 m2 mend:me");
    berth_row("while it is filled by another");
    check_call(SCRIPT_EPOCH, SET " 6 m3 0 0 mend:you", "FILLING mend:me");
    berth_row("the last one");
    reset();
    proc_tell(&proc, "HSET %s epoch 65535", place.keys[KEY_META]);
    check_call(SCRIPT_EPOCH, SET " 65535 m2 0 0 ''", "SPENT ");
    check_reply(proc_do(&proc, "HGET %s epoch", place.keys[KEY_META]), "65535");
}

static void test_create(void)
{
    berth_row("there is one");
    reset();
    check_call(SCRIPT_CREATE, "other 1 0 m ''", "DATASET " SET);
    berth_row("HI-165: keys of another product under our prefix");
    for (unsigned i = 0; i < KEY_SERVERS; i++) {
        proc_tell(&proc, "FLUSHALL");
        proc_tell(&proc, "SET %s theirs", place.keys[i]);
        if (i != KEY_META)
            check_call(SCRIPT_CREATE, SET " 1 0 m ''", "FOREIGN ");
        check_reply(proc_do(&proc, "DBSIZE"), "1");
    }
}

static void test_mark(void)
{
    berth_row("filled, by who fills");
    proc_tell(&proc, "FLUSHALL");
    check_call(SCRIPT_CREATE, SET " 1 0 m1 mend:me", "OK 1");
    check_call(SCRIPT_MARK, SET " 1 mend:you filled", "FILLING mend:me");
    check_call(SCRIPT_MARK, SET " 1 mend:me filled", "OK 1");
    check_reply(proc_do(&proc, "HEXISTS %s filling", place.keys[KEY_META]), "0");
    berth_row("taken over");
    proc_tell(&proc, "HSET %s filling swap:gone", place.keys[KEY_META]);
    check_call(SCRIPT_MARK, SET " 1 mend:me taken", "OK 1");
    check_reply(proc_do(&proc, "HEXISTS %s filling", place.keys[KEY_META]), "0");
    berth_row("superseded, once");
    check_call(SCRIPT_MARK, SET " 1 x superseded a-file", "OK 1");
    check_call(SCRIPT_MARK, SET " 1 x superseded another", "SUPERSEDED a-file");
}

static void test_empty(void)
{
    berth_row("in use");
    reset();
    run_all("1a 2b");
    check_call(SCRIPT_EMPTY, SET " 1 m swap:me", "INUSE ");
    berth_row("another data set");
    check_call(SCRIPT_MARK, SET " 1 x superseded x", "OK 1");
    check_call(SCRIPT_EMPTY, "other 1 m swap:me", "DATASET " SET);
    check_state("1=a1 2=b2 a>1.1 b>2.2 #2");
    berth_row("given up, and the same");
    check_call(SCRIPT_EMPTY, SET " 1 m swap:me", "OK 1");
    check_state("#0");
    check_batch("import", "1", "1a@1.1", "+0");
}

static redisReply *look(const char *id, const char *record, const char *gone)
{
    GPtrArray *args = args_new();

    add_text(args, id);
    add_text(args, record);
    add_text(args, gone);
    return call(SCRIPT_LOOK, args);
}

static void test_look(void)
{
    redisReply *reply;

    berth_row("nothing there");
    proc_tell(&proc, "FLUSHALL");
    reply = look("me", "x", "gone");
    if (CHECK_INT(reply->elements, 13)) {
        CHECK_TEXT(reply->element[3]->str, "");
        CHECK_INT(reply->element[10]->integer, 0);
        CHECK_TEXT(reply->element[11]->str, "0-0");
    }
    freeReplyObject(reply);
    check_reply(proc_do(&proc, "DBSIZE"), "0");
    berth_row("who is there, and where the log ends");
    reset();
    run_all("1a");
    check_reply(proc_do(&proc, "HSET %s gone x", place.keys[KEY_SERVERS]), "1");
    freeReplyObject(look("me", "1 2 3", "gone"));
    reply = look("me", "4 5 6", "gone");
    if (CHECK_INT(reply->elements, 13)) {
        CHECK_TEXT(reply->element[0]->str, "LOOK");
        CHECK_TEXT(reply->element[2]->str, "1");
        CHECK_TEXT(reply->element[3]->str, SET);
        CHECK_TEXT(reply->element[4]->str, "1");
        CHECK_TEXT(reply->element[5]->str, "1");
        CHECK_TEXT(reply->element[6]->str, "m1");
        CHECK_INT(reply->element[9]->integer, 1);
        CHECK_INT(reply->element[10]->integer, 4);
        if (CHECK_INT(reply->element[12]->elements, 2))
            CHECK_TEXT(reply->element[12]->element[1]->str, "1 2 3");
    }
    freeReplyObject(reply);
}

static const BerthTest tests[] = {
    {"commit", test_commit},     {"large", test_large},       {"refused", test_refused},
    {"strange", test_strange},   {"log", test_log},           {"import", test_import},
    {"reassert", test_reassert}, {"asserted", test_asserted}, {"ends", test_ends},
    {"epoch", test_epoch},       {"create", test_create},     {"mark", test_mark},
    {"empty", test_empty},       {"look", test_look},         {0},
};

static int run(int argc, char **argv)
{
    int r;

    proc_init(&proc, NULL);
    call_place_init(&place, &lease_redis_kind, "b", 4);
    r = berth_tests_main("lease_redis_scripts", tests, argc, argv);
    proc_clear(&proc);
    call_place_clear(&place);
    return r;
}

int main(int argc, char **argv)
{
    return proc_tests_main("lease_redis_scripts", run, argc, argv);
}
