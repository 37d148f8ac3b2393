/* backend - see backend.h. */
#include "tools/ctl/backend.h"

#include "core/base/json.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_USEC 200000
#define BAR 30
#define LINE_SEC 2 /* between lines where there is no terminal */
#define INTERRUPTED 130

/* ---- telling ---- */

static void print_count(FILE *to, int64_t n)
{
    char digits[32], *at = digits;

    g_snprintf(digits, sizeof(digits), "%" G_GINT64_FORMAT, n);
    for (size_t left = strlen(digits); left > 0; at++, left--) {
        fputc(*at, to);
        if (left % 3 == 1 && left > 1)
            fputc(',', to);
    }
}

static void print_last(const BerthNode *last)
{
    const char *error = talk_text(last, "error");

    printf("last swap  %s, %" G_GINT64_FORMAT " s ago\n", talk_text(last, "outcome"),
           berth_node_int(berth_node_get(last, "age"), 0));
    printf("           from %s\n             to %s\n", talk_text(last, "from"),
           talk_text(last, "to"));
    printf("           ");
    print_count(stdout, berth_node_int(berth_node_get(last, "copied"), 0));
    printf(" leases copied in %.1f s\n", berth_node_real(berth_node_get(last, "seconds"), 0));
    if (*error)
        printf("           %s\n", error);
}

static void print_running(const BerthNode *swap)
{
    printf("swap       %s: ", talk_text(swap, "phase"));
    print_count(stdout, berth_node_int(berth_node_get(swap, "copied"), 0));
    printf(" of ");
    print_count(stdout, berth_node_int(berth_node_get(swap, "total"), 0));
    printf(" leases, %.1f s\n           to %s\n",
           berth_node_real(berth_node_get(swap, "seconds"), 0), talk_text(swap, "to"));
}

static int show_status(const Server *server)
{
    Answer answer = answer_of(server, "lease-backend-status", NULL);
    const BerthNode *status = answer_arguments(&answer);
    int result = answer.result;

    if (result != 0) {
        answer_complain(&answer);
    } else {
        const char *reason = talk_text(status, "reason"), *set = talk_text(status, "data-set");

        printf("type       %s\nhealth     %s%s%s\n", talk_text(status, "type"),
               talk_text(status, "health"), *reason ? ": " : "", reason);
        if (*set)
            printf("data set   %s\n", set);
        if (berth_node_get(status, "swap"))
            print_running(berth_node_get(status, "swap"));
        if (berth_node_get(status, "last-swap"))
            print_last(berth_node_get(status, "last-swap"));
    }
    answer_clear(&answer);
    return result;
}

/* ---- a swap ---- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static void catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    sigaction(SIGINT, &action, NULL);
}

/* A value is JSON where it is any but a string: 5, true, [ "a" ]. */
static void write_value(BerthJson *json, const char *key, const char *text)
{
    BerthErrors errors;
    BerthDoc *doc;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json(berth_bytes(text), key, false, &errors);
    if (doc)
        berth_json_node(json, key, doc->root);
    else
        berth_json_string(json, key, text);
    berth_doc_free(doc);
    berth_errors_clear(&errors);
}

/* NULL: one of them is no KEY=VALUE. */
static char *swap_arguments(const char *type, int n, char **pairs)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);
    bool good = true;

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "type", type);
    berth_json_begin_object(json, "parameters");
    for (int i = 0; i < n; i++) {
        char *equals = strchr(pairs[i], '=');
        g_autofree char *key =
            equals ? g_strndup(pairs[i], (gsize)(equals - pairs[i])) : g_strdup("");

        good = good && *key;
        if (*key)
            write_value(json, key, equals + 1);
        else
            fprintf(stderr, "berthctl: '%s' is no KEY=VALUE\n", pairs[i]);
    }
    berth_json_end(json);
    berth_json_end(json);
    berth_json_free(json);
    return g_string_free(text, !good);
}

static void draw(const BerthNode *swap, bool tty)
{
    int64_t copied = berth_node_int(berth_node_get(swap, "copied"), 0);
    int64_t total = MAX(berth_node_int(berth_node_get(swap, "total"), 0), 1);
    int done = (int)MIN(copied * BAR / total, BAR);

    if (tty) {
        printf("\r%-8s [", talk_text(swap, "phase"));
        for (int i = 0; i < BAR; i++)
            putchar(i < done ? '#' : ' ');
        printf("] %3d %%  ", (int)MIN(copied * 100 / total, 100));
    } else {
        printf("%-8s %3d %%  ", talk_text(swap, "phase"), (int)MIN(copied * 100 / total, 100));
    }
    print_count(stdout, copied);
    printf(" leases, %.1f s%s", berth_node_real(berth_node_get(swap, "seconds"), 0),
           tty ? "\033[K" : "\n");
    fflush(stdout);
}

static int tell_end(const BerthNode *last)
{
    if (strcmp(talk_text(last, "outcome"), "done") != 0) {
        fprintf(stderr, "berthctl: the swap %s: %s\nThe leases stay in %s\n",
                strcmp(talk_text(last, "outcome"), "aborted") == 0 ? "was given up" : "failed",
                talk_text(last, "error"), talk_text(last, "from"));
        return 1;
    }
    printf("Done: ");
    print_count(stdout, berth_node_int(berth_node_get(last, "copied"), 0));
    printf(" leases copied in %.1f s. They are kept in\n  %s\nnow. \"berthctl config-write\" keeps "
           "that in the configuration file, or its next reload goes back.\n",
           berth_node_real(berth_node_get(last, "seconds"), 0), talk_text(last, "to"));
    return 0;
}

static int tell_interrupted(void)
{
    puts("The swap goes on in the server. \"berthctl backend status\" tells how far it is, "
         "\"berthctl backend abort\" gives it up.");
    return INTERRUPTED;
}

/* Looks until it has ended. */
static int follow(const Server *server)
{
    bool tty = isatty(STDOUT_FILENO);
    int64_t next = 0;

    for (;;) {
        Answer answer = answer_of(server, "lease-backend-status", NULL);
        const BerthNode *status = answer_arguments(&answer);
        const BerthNode *swap = berth_node_get(status, "swap");
        int64_t now = g_get_monotonic_time();
        int result = answer.result;

        if (result == 0 && swap && (tty || now >= next)) {
            draw(swap, tty);
            next = now + INT64_C(1) * LINE_SEC * G_USEC_PER_SEC;
        }
        if (tty && (!swap || interrupted))
            putchar('\n');
        if (result != 0)
            answer_complain(&answer);
        else if (!swap)
            result = tell_end(berth_node_get(status, "last-swap"));
        answer_clear(&answer);
        if (result != 0 || !swap)
            return result;
        if (!interrupted)
            g_usleep(LOOK_USEC);
        if (interrupted)
            return tell_interrupted();
    }
}

static int swap_to(const Server *server, const char *type, int n, char **pairs)
{
    g_autofree char *arguments = swap_arguments(type, n, pairs);
    Answer answer;
    int result;

    if (!arguments)
        return NO_ANSWER;
    answer = answer_of(server, "lease-backend-set", arguments);
    result = answer.result;
    if (result != 0)
        answer_complain(&answer);
    answer_clear(&answer);
    if (result != 0)
        return result;
    catch_interrupt();
    return follow(server);
}

static int give_up(const Server *server)
{
    Answer answer = answer_of(server, "lease-backend-abort", NULL);
    int result = answer.result;

    if (result == 0)
        puts(talk_text(answer.doc->root, "text"));
    else
        answer_complain(&answer);
    answer_clear(&answer);
    return result;
}

int backend_run(const Server *server, int argc, char **argv)
{
    if (argc == 1 && strcmp(argv[0], "status") == 0)
        return show_status(server);
    if (argc == 1 && strcmp(argv[0], "abort") == 0)
        return give_up(server);
    if (argc >= 2 && strcmp(argv[0], "swap") == 0)
        return swap_to(server, argv[1], argc - 2, argv + 2);
    fputs("berthctl backend status | swap TYPE [KEY=VALUE...] | abort\n", stderr);
    return NO_ANSWER;
}
