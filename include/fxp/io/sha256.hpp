// SHA-256 (FIPS 180-4) of bytes, as 64 lower-case hexadecimal digits; the work is OpenSSL's (link libcrypto).
// Errors: Error when OpenSSL cannot provide the algorithm; ArgumentError when used after hex().
#pragma once

#include "fxp/tensor/error.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <openssl/evp.h>

namespace fxp {

/// A running SHA-256: update() any number of times, then hex() once.
class Sha256 {
  public:
    /// Of the empty message. Throws Error when libcrypto has no SHA-256.
    Sha256() : context_(EVP_MD_CTX_new()) {
        require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    }

    /// Appends bytes to the message.
    void update(std::span<const std::byte> bytes) {
        require_running();
        require(bytes.empty() || EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
    }

    /// The digest of all bytes so far, 64 lower-case hexadecimal digits; ends the computation.
    std::string hex() {
        require_running();
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1 && size == 32);
        context_.reset();
        std::string result;
        for (unsigned int i = 0; i < size; ++i) {
            result += "0123456789abcdef"[digest[i] >> 4];
            result += "0123456789abcdef"[digest[i] & 15];
        }
        return result;
    }

  private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };

    void require_running() const {
        if (context_ == nullptr) throw ArgumentError("SHA-256: hex() was called before, expected a new Sha256");
    }

    static void require(bool success) {
        if (!success) throw Error("SHA-256: OpenSSL failed to compute a digest");
    }

    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// SHA-256 of `bytes`, 64 lower-case hexadecimal digits.
inline std::string sha256_hex(std::span<const std::byte> bytes) {
    Sha256 sha;
    sha.update(bytes);
    return sha.hex();
}

} // namespace fxp
