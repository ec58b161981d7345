/* Digests of strings.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef SAMPLE_VIRCRYPTO_H
# define SAMPLE_VIRCRYPTO_H

typedef enum {
    VIR_CRYPTO_HASH_SHA256,
} virCryptoHash;

/* Gives the digest of @input as 64 hex digits, which the caller frees. */
int virCryptoHashString(virCryptoHash hash, const char *input, char **output);

#endif /* SAMPLE_VIRCRYPTO_H */
