#include "fxp/io/sha256.hpp"

#include "support/catch.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sha256_test {

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

} // namespace

TEST_CASE("sha256: the examples of FIPS 180-4", "[io]") {
    CHECK(fxp::sha256_hex(bytes("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(fxp::sha256_hex({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(fxp::sha256_hex(bytes("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(fxp::sha256_hex(bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(fxp::sha256_hex(bytes(std::string(1'000'000, 'a'))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: pieces give the digest of the whole", "[io]") {
    fxp::Sha256 sha;
    sha.update(bytes("a"));
    sha.update({});
    sha.update(bytes("bc"));
    CHECK(sha.hex() == fxp::sha256_hex(bytes("abc")));
    CHECK_THROWS_AS(sha.hex(), fxp::ArgumentError);
    CHECK_THROWS_AS(sha.update(bytes("d")), fxp::ArgumentError);
}

} // namespace sha256_test
