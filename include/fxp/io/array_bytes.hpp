// The number of bytes an array in a file claims to have: element width times the product of its sizes, computed without
// overflow, so that a header's claim can be compared with the file's size before anything is allocated. No errors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

namespace fxp {

/// width * product(shape); 0 when a size is 0, the largest std::size_t when the product does not fit. No file is as
/// large as that, so it compares unequal to every real size.
inline std::size_t array_bytes(std::span<const std::size_t> shape, std::size_t width) {
    constexpr std::size_t limit = std::numeric_limits<std::size_t>::max();
    if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) return 0;
    std::size_t count = width;
    for (const std::size_t size : shape) count = count > limit / size ? limit : count * size;
    return count;
}

} // namespace fxp
