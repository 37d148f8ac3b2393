/* walk - see walk.h. */
#include "walk.h"

#define AT_ONCE 2000 /* hosts looked at in one turn; what is written is the larger part */
#define WRITE_COST 20

struct Walk {
    Request *request;
    Wants wants;
    BerthTimer *timer; /* NULL: the first turn will do */
    BerthHostTarget target;
    bool is_page;
    Page page;
    uint64_t from, last; /* of the next one; of the last that was found */
    unsigned found;
};

/* ---- one host ---- */

void walk_write(const BerthHost *host, BerthJson *json)
{
    berth_json_begin_object(json, NULL);
    berth_host_write(host, json);
    berth_json_uint(json, "subnet-id", berth_host_subnet_id(host));
    berth_json_end(json);
}

/* The i-th that has the address itself or, of DHCPv6, a prefix that begins with it. */
static const BerthHost *find_by_addr(const Request *request, BerthHostTarget target, size_t i)
{
    BerthHostAddr addr = {.addr = request->addr, .len = berth_addr_is4(request->addr) ? 32 : 128};

    for (; addr.len > 0; addr.len--) {
        const BerthHost *host;

        addr.is_prefix = addr.len < 128 && request->family == 6;
        for (size_t n = 0; (host = berth_server_host_of(request->server, request->family, target,
                                                        request->subnet_id, &addr, n));
             n++)
            if (i-- == 0)
                return host;
        if (request->family == 4)
            break;
    }
    return NULL;
}

const BerthHost *walk_find(const Request *request, BerthHostTarget target, size_t i)
{
    if (request->has_addr)
        return berth_addr_is4(request->addr) == (request->family == 4)
                   ? find_by_addr(request, target, i)
                   : NULL;
    return i == 0 ? berth_server_find_host(request->server, request->family, target,
                                           request->subnet_id, request->id_type,
                                           (BerthBytes){request->id, request->id_len})
                  : NULL;
}

/* ---- the walk ---- */

static void walk_free(Walk *walk)
{
    g_queue_remove(&walk->request->run->walks, walk);
    berth_timer_free(walk->timer);
    g_free(walk);
}

static void write_end(const Walk *walk, BerthJson *json)
{
    berth_json_end(json);
    if (walk->is_page)
        berth_json_uint(json, "count", walk->found);
    if (walk->is_page && walk->found) {
        berth_json_begin_object(json, "next");
        berth_json_uint(json, "source-index", walk->page.source);
        berth_json_uint(json, "from", walk->last);
        berth_json_end(json);
    }
    berth_json_end(json);
}

static void finish(Walk *walk)
{
    Request *request = walk->request;
    unsigned found = walk->found;

    write_end(walk, berth_command_answer(request->command));
    walk_free(walk);
    request_end(request, found ? BERTH_RESULT_OK : BERTH_RESULT_EMPTY, "%u IPv%d host(s) found.",
                found, request->family);
}

/* False: there is no set to go on to. */
static bool next_set(Walk *walk)
{
    if (walk->target == BERTH_HOSTS_DATABASE || (walk->is_page && walk->found) ||
        !(walk->request->targets & TARGET_DATABASE))
        return false;
    walk->target = BERTH_HOSTS_DATABASE;
    walk->page.source++;
    walk->from = 0;
    return true;
}

static bool is_full(const Walk *walk)
{
    return walk->is_page && walk->found >= walk->page.limit;
}

/* One host on; false: that was all. What is wanted costs more than what is passed over. */
static bool step(Walk *walk, unsigned *cost)
{
    const Request *request = walk->request;
    const BerthHost *host = is_full(walk) ? NULL
                                          : berth_server_next_host(request->server, request->family,
                                                                   walk->target, &walk->from);

    if (!host)
        return !is_full(walk) && next_set(walk);
    if (walk->wants(request, host)) {
        walk_write(host, berth_command_answer(request->command));
        walk->found++;
        walk->last = walk->from;
        *cost += WRITE_COST;
    }
    *cost += 1;
    return true;
}

/* False: it has ended. */
static bool turn(Walk *walk)
{
    unsigned cost = 0;

    while (step(walk, &cost))
        if (cost >= AT_ONCE)
            return true;
    finish(walk);
    return false;
}

static void on_timer(void *data)
{
    Walk *walk = data;

    if (turn(walk))
        berth_timer_set(walk->request->server, walk->timer, 0);
}

static void begin(Walk *walk)
{
    Request *request = walk->request;
    BerthJson *json = berth_command_answer(request->command);

    berth_json_begin_object(json, NULL);
    berth_json_begin_list(json, "hosts");
    g_queue_push_tail(&request->run->walks, walk);
    if (!turn(walk))
        return;
    berth_command_defer(request->command);
    walk->timer = berth_timer_new(request->server, on_timer, walk);
    berth_timer_set(request->server, walk->timer, 0);
}

void walk_all(Request *request, Wants wants)
{
    Walk *walk = g_new0(Walk, 1);

    *walk = (Walk){.request = request, .wants = wants};
    walk->target = request->targets & TARGET_MEMORY ? BERTH_HOSTS_MEMORY : BERTH_HOSTS_DATABASE;
    begin(walk);
}

void walk_page(Request *request, Wants wants, Page page)
{
    Walk *walk = g_new0(Walk, 1);

    *walk = (Walk){
        .request = request, .wants = wants, .is_page = true, .page = page, .from = page.from};
    walk->target = page.source == 0 ? BERTH_HOSTS_MEMORY : BERTH_HOSTS_DATABASE;
    begin(walk);
}

void walk_end_all(Run *run)
{
    Walk *walk;

    while ((walk = g_queue_peek_head(&run->walks))) {
        Request *request = walk->request;

        walk_free(walk);
        request_end(request, BERTH_RESULT_ERROR, "the plugin is being unloaded");
    }
}
