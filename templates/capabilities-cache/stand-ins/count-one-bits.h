/* Bits that are set. */
#pragma once
#define count_one_bits(number) __builtin_popcount(number)
#define count_one_bits_l(number) __builtin_popcountl(number)
#define count_one_bits_ll(number) __builtin_popcountll(number)
