/* test_bench - this plugin with one log on a disk in memory, for its tests. */
#pragma once

#include "tests/lib/fake_plugin.h"
#include "tests/lib/rows.h"

#include <stdio.h>

typedef struct Bench {
    BerthDisk *disk;
    BerthServer *server;
    BerthFakePlugin *plugin;
} Bench;

void bench_init(Bench *b);
void bench_start(Bench *b, const char *conf);
void bench_apply(Bench *b, const char *conf);
void bench_clear(Bench *b);

void bench_say_at(Bench *b, BerthLevel level, const char *logger, const char *text);
void bench_say(Bench *b, const char *logger, const char *text);
void bench_end_turn(Bench *b);
void bench_say_now(Bench *b, const char *text); /* and lets the turn end */
/* "(none)" when there is no such file. */
void bench_check_file(const Bench *b, const char *path, const char *want);

/* One logger with one file, the pattern the text alone. */
#define ONE_FILE(more)                                                \
    "{\"loggers\": [{\"name\": \"kea-dhcp4\", \"output-options\": [{" \
    "\"output\": \"a.log\", \"pattern\": \"%m\\n\"" more "}]}]}"
#define LOGGER(name, file)                                                     \
    "{\"name\": \"" name "\", \"output-options\": [{\"output\": \"" file "\"," \
    "\"pattern\": \"%m\\n\"}]}"

/* Standard output or error, caught. */
typedef struct Caught {
    FILE *stream, *file;
    int saved;
} Caught;

Caught bench_catch(FILE *stream);
/* What came meanwhile; g_free it. */
char *bench_caught(Caught *c);
