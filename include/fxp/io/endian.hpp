// Byte order of files: everything this folder writes is little-endian, memory is in the machine's own order.
// On a little-endian machine each function is a copy or nothing at all. No errors.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

namespace fxp {

static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big,
              "machines of mixed byte order are not supported");

/// Reverses the bytes of each element of `width` bytes in place; bytes.size() is a multiple of width.
inline void reverse_elements(std::span<std::byte> bytes, std::size_t width) {
    if (width < 2) return;
    for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
        const auto element = bytes.subspan(at, width);
        std::reverse(element.begin(), element.end());
    }
}

/// Turns elements of `width` bytes from the machine's order into little-endian, or back, in place.
inline void swap_if_big_endian(std::span<std::byte> bytes, std::size_t width) {
    if constexpr (std::endian::native == std::endian::big) reverse_elements(bytes, width);
    (void)bytes, (void)width;
}

/// The number stored little-endian in the first sizeof(T) bytes; there must be as many.
template <class T>
T load_little_endian(std::span<const std::byte> bytes) {
    static_assert(std::is_arithmetic_v<T>);
    std::byte copy[sizeof(T)];
    std::memcpy(copy, bytes.data(), sizeof(T));
    swap_if_big_endian(copy, sizeof(T));
    return std::bit_cast<T>(copy);
}

/// Stores `value` little-endian in the first sizeof(T) bytes; there must be as many.
template <class T>
void store_little_endian(std::span<std::byte> bytes, T value) {
    static_assert(std::is_arithmetic_v<T>);
    std::memcpy(bytes.data(), &value, sizeof(T));
    swap_if_big_endian(bytes.first(sizeof(T)), sizeof(T));
}

} // namespace fxp
