/* fuzz - what a fuzz target gives: libFuzzer calls it, or replay_text.c where there is none. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
