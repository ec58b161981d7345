/* Rotation of words. */
#pragma once
#include <stdint.h>
static inline uint32_t rotl32(uint32_t word, int by) { return (word << (by & 31)) | (word >> (-by & 31)); }
static inline uint32_t rotr32(uint32_t word, int by) { return (word >> (by & 31)) | (word << (-by & 31)); }
static inline uint64_t rotl64(uint64_t word, int by) { return (word << (by & 63)) | (word >> (-by & 63)); }
