// Exceptions of everything above the kernels. Each message is one line that names the thing, its value and what was
// expected, ready to be printed as it is.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fxp {

/// Base of every exception thrown by this library. A program that catches it ends with exit code 1.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A request that can never be met, whatever the data: an unknown name, a negative size, an impossible format.
/// A program that catches it ends with exit code 2.
struct ArgumentError : Error {
    using Error::Error;
};

/// Shapes that do not fit together.
struct ShapeError : ArgumentError {
    using ArgumentError::ArgumentError;
};

/// A file that is missing, unreadable, damaged or not what was expected; also a file that cannot be written.
struct DataError : Error {
    using Error::Error;
};

/// A value outside a function's domain, such as rsqrt(0), or a real that is not finite.
struct DomainError : Error {
    using Error::Error;
};

/// Thrown by an operation under Overflow::throw_error, after its result was written saturated.
struct OverflowError : Error {
    using Error::Error;
};

namespace detail {

/// A piece of input as it may stand in a message: at most `most` characters, unprintable ones shown as '?'.
inline std::string printable(std::string_view text, std::size_t most = 32) {
    std::string result;
    for (const char c : text.substr(0, most)) result += c >= ' ' && c <= '~' ? c : '?';
    return result + (text.size() > most ? "..." : "");
}

/// The same in quotes.
inline std::string quoted(std::string_view text, std::size_t most = 32) { return "'" + printable(text, most) + "'"; }

} // namespace detail

} // namespace fxp
