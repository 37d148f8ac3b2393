/* get - the commands that tell of reservations. */
#include "commands.h"
#include "walk.h"

#include <errno.h>

#define SOURCE_MAX 10
#define DATABASES 1

static const Kind get_kind = {"reservation-get", "GET", TARGET_ALL};
static const Kind all_kind = {"reservation-get-all", "GET_ALL", TARGET_ALL};
static const Kind page_kind = {"reservation-get-page", "GET_PAGE", TARGET_ALL};
static const Kind hostname_kind = {"reservation-get-by-hostname", "GET_BY_HOSTNAME", TARGET_ALL};
static const Kind id_kind = {"reservation-get-by-id", "GET_BY_ID", TARGET_ALL};
static const Kind address_kind = {"reservation-get-by-address", "GET_BY_ADDRESS", TARGET_ALL};

/* ---- which are wanted ---- */

static bool is_in_scope(const Request *request, const BerthHost *host)
{
    return !request->has_subnet || berth_host_subnet_id(host) == request->subnet_id;
}

static bool has_id(const Request *request, const BerthHost *host)
{
    return berth_host_type(host) == request->id_type &&
           berth_bytes_equal(berth_host_id(host), (BerthBytes){request->id, request->id_len});
}

static bool has_hostname(const Request *request, const BerthHost *host)
{
    return is_in_scope(request, host) &&
           g_ascii_strcasecmp(berth_host_hostname(host), request->hostname) == 0;
}

static bool has_addr(const Request *request, const BerthHost *host)
{
    const BerthHostAddr *addr;

    if (!is_in_scope(request, host))
        return false;
    for (size_t i = 0; (addr = berth_host_addr(host, i)); i++)
        if (memcmp(&addr->addr, &request->addr, sizeof(addr->addr)) == 0)
            return true;
    return false;
}

/* ---- commands ---- */

static void answer_one(Request *request, const BerthHost *host)
{
    if (!host) {
        request_end(request, BERTH_RESULT_EMPTY, "Host not found.");
        return;
    }
    walk_write(host, berth_command_answer(request->command));
    request_end(request, BERTH_RESULT_OK, "Host found.");
}

void reservation_get(BerthCommand *command, const void *conf, void *run)
{
    Request *request = request_new(command, run, &get_kind);
    const BerthHost *host = NULL;
    GError *error = NULL;

    (void)conf;
    if (!request_selector(request, &error)) {
        request_fail(request, error);
        return;
    }
    if (request->targets & TARGET_MEMORY)
        host = walk_find(request, BERTH_HOSTS_MEMORY, 0);
    if (!host && request->targets & TARGET_DATABASE)
        host = walk_find(request, BERTH_HOSTS_DATABASE, 0);
    answer_one(request, host);
}

void reservation_get_all(BerthCommand *command, const void *conf, void *run)
{
    Request *request = request_new(command, run, &all_kind);
    GError *error = NULL;

    (void)conf;
    if (request_map(request, &error) && request_subnet(request, true, &error) &&
        request_target(request, &error) && request_subnet_exists(request, &error))
        walk_all(request, is_in_scope);
    else
        request_fail(request, error);
}

static bool read_page(const Request *request, Page *ret, GError **error)
{
    const BerthNode *from = berth_node_get(request->args, "from");
    int64_t limit, source = 0, place = 0;

    if (!request_integer(request, "limit", UINT32_MAX, &limit, error) ||
        (berth_node_get(request->args, "source-index") &&
         !request_integer(request, "source-index", SOURCE_MAX, &source, error)) ||
        (from && !request_integer(request, "from", INT64_MAX, &place, error)))
        return false;
    if (limit == 0) {
        berth_fail(error, -EINVAL, "page size of retrieved hosts must not be 0");
        return false;
    }
    *ret = (Page){(unsigned)source, (uint64_t)place, (uint32_t)limit};
    return true;
}

static bool is_none(const Request *request, const BerthHost *host)
{
    (void)request;
    (void)host;
    return false;
}

void reservation_get_page(BerthCommand *command, const void *conf, void *run)
{
    Request *request = request_new(command, run, &page_kind);
    GError *error = NULL;
    Page page;

    (void)conf;
    if (request_map(request, &error) && request_subnet(request, false, &error) &&
        read_page(request, &page, &error) && request_subnet_exists(request, &error))
        walk_page(request, page.source > DATABASES ? is_none : is_in_scope, page);
    else
        request_fail(request, error);
}

void reservation_get_by_hostname(BerthCommand *command, const void *conf, void *run)
{
    Request *request = request_new(command, run, &hostname_kind);
    GError *error = NULL;

    (void)conf;
    if (!request_map(request, &error) || !request_hostname(request, &error) ||
        !request_subnet(request, false, &error) || !request_target(request, &error))
        request_fail(request, error);
    else if (!*request->hostname)
        request_end(request, BERTH_RESULT_ERROR, "Empty hostname");
    else if (request_subnet_exists(request, &error))
        walk_all(request, has_hostname);
    else
        request_fail(request, error);
}

void reservation_get_by_id(BerthCommand *command, const void *conf, void *run)
{
    Request *request = request_new(command, run, &id_kind);
    GError *error = NULL;

    (void)conf;
    if (!request_map(request, &error) || !request_id(request, "", &error) ||
        !request_target(request, &error))
        request_fail(request, error);
    else if (berth_node_get(request->args, "subnet-id"))
        request_end(request, BERTH_RESULT_ERROR,
                    "'subnet-id' is forbidden in reservation-get-by-id");
    else
        walk_all(request, has_id);
}

void reservation_get_by_address(BerthCommand *command, const void *conf, void *run)
{
    Request *request = request_new(command, run, &address_kind);
    GError *error = NULL;

    (void)conf;
    if (request_map(request, &error) && request_addr(request, &error) &&
        request_subnet(request, false, &error) && request_target(request, &error) &&
        request_subnet_exists(request, &error))
        walk_all(request, has_addr);
    else
        request_fail(request, error);
}
