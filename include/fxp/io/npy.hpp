// NumPy's .npy files: reader of versions 1.0 and 2.0, writer of version 1.0, byte for byte as numpy.save writes them.
// Format: "\x93NUMPY", version, header size (2 or 4 bytes, little-endian), a Python dictionary with the keys descr,
// fortran_order and shape, padded with spaces and a newline to a multiple of 64 bytes, then the values.
// Values: '|i1' '<i2' '<i4' '<i8' '<f4' '<f8', C order (Fortran order is accepted where it is the same: rank 0 and 1).
// In memory they are in the machine's byte order. Sizes are checked against the file's size before any use.
// Errors: DataError naming the file. Source: numpy.lib.format (NumPy enhancement proposal 1).
#pragma once

#include "fxp/io/array_bytes.hpp"
#include "fxp/io/atomic_file.hpp"
#include "fxp/io/endian.hpp"
#include "fxp/tensor/error.hpp"

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

namespace fxp {

/// NumPy's name of T: signed integers of 8 to 64 bits, float, double.
template <class T>
constexpr const char* npy_dtype() {
    static_assert((std::is_integral_v<T> && std::is_signed_v<T>) || std::is_same_v<T, float> ||
                      std::is_same_v<T, double>,
                  "npy: signed integers, float and double only");
    if constexpr (std::is_integral_v<T>) {
        constexpr const char* names[] = {"", "|i1", "<i2", "", "<i4", "", "", "", "<i8"};
        return names[sizeof(T)];
    } else {
        return sizeof(T) == 4 ? "<f4" : "<f8";
    }
}

/// An array as read: `bytes` holds the values in C order and in the machine's byte order.
struct NpyArray {
    std::string dtype;              ///< NumPy's name of the type, as npy_dtype
    std::vector<std::size_t> shape; ///< extents, outermost first
    std::vector<std::byte> bytes;   ///< product(shape) values
    std::string file;               ///< where it was read from, for errors

    /// The values, in C order. Throws DataError naming the file and both types if it does not hold exactly T.
    template <class T>
    std::vector<T> as() const {
        if (dtype != npy_dtype<T>()) {
            throw DataError(file + ": values of type '" + dtype + "', expected '" + npy_dtype<T>() + "'");
        }
        std::vector<T> values(bytes.size() / sizeof(T));
        if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
        return values;
    }
};

namespace detail {

/// A shape as Python prints it: (), (3,), (3, 4).
inline std::string python_tuple(std::span<const std::size_t> shape) {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return text + (shape.size() == 1 ? ",)" : ")");
}

/// The header's dictionary: a Python literal with strings, booleans and a tuple of sizes, keys in any order.
class NpyHeader {
  public:
    std::string dtype;
    bool fortran_order = false;
    std::vector<std::size_t> shape;

    NpyHeader(std::string_view text, const std::string& file) : rest_(text), file_(file) {
        bool seen[3] = {};
        expect('{');
        while (!accept('}')) {
            const std::string key = string();
            expect(':');
            if (key == "descr" && !seen[0]) {
                seen[0] = true;
                dtype = string();
            } else if (key == "fortran_order" && !seen[1]) {
                seen[1] = true;
                fortran_order = boolean();
            } else if (key == "shape" && !seen[2]) {
                seen[2] = true;
                shape = tuple();
            } else {
                fail("has the key '" + key + "'");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip_blanks();
        if (!rest_.empty() || !(seen[0] && seen[1] && seen[2])) fail("is incomplete or has more after its end");
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw DataError(file_ + ": the .npy header " + what +
                        ", expected a dictionary with descr, fortran_order and shape");
    }

    void skip_blanks() {
        const std::size_t count = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(count == std::string_view::npos ? rest_.size() : count);
    }

    bool accept(char c) {
        skip_blanks();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char c) {
        if (!accept(c)) fail(std::string("lacks a '") + c + "'");
    }

    std::string string() {
        const char quote = accept('\'') ? '\'' : '"';
        if (quote == '"') expect('"');
        const std::size_t end = rest_.find(quote);
        if (end > 32) fail("has a string that is too long or does not end");
        const std::string result(rest_.substr(0, end));
        for (const char c : result) {
            if (c < ' ' || c > '~') fail("has a string with unprintable characters");
        }
        rest_.remove_prefix(end + 1);
        return result;
    }

    bool boolean() {
        skip_blanks();
        for (const std::string_view word : {"True", "False"}) {
            if (rest_.starts_with(word)) {
                rest_.remove_prefix(word.size());
                return word == "True";
            }
        }
        fail("has a fortran_order that is neither True nor False");
    }

    std::vector<std::size_t> tuple() {
        std::vector<std::size_t> sizes;
        expect('(');
        while (!accept(')')) {
            skip_blanks();
            std::size_t size = 0;
            const auto parsed = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
            if (parsed.ec != std::errc()) fail("has a size that is no integer from 0 to 2^64 - 1");
            rest_.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest_.data()));
            sizes.push_back(size);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return sizes;
    }

    std::string_view rest_;
    const std::string& file_;
};

/// Bytes of one value of a supported dtype, 0 for any other.
inline std::size_t npy_width(std::string_view dtype) {
    if (dtype == "|i1") return 1;
    if (dtype == "<i2") return 2;
    if (dtype == "<i4" || dtype == "<f4") return 4;
    return dtype == "<i8" || dtype == "<f8" ? 8 : 0;
}

} // namespace detail

/// Reads an array. Throws DataError for a file that cannot be read or is not such an array: wrong magic, version,
/// header or type, Fortran order with rank 2 or more, or a size other than its shape needs.
inline NpyArray read_npy(const std::filesystem::path& path) {
    const std::string file = path.string();
    const std::string content = read_file(path);
    const auto bytes = std::as_bytes(std::span(content));
    const auto fail = [&file](const std::string& what) { throw DataError(file + ": " + what); };
    if (!content.starts_with("\x93NUMPY") || content.size() < 10) fail("not a NumPy array, expected an .npy file");
    const int major = std::to_integer<int>(bytes[6]);
    const int minor = std::to_integer<int>(bytes[7]);
    if ((major != 1 && major != 2) || minor != 0 || (major == 2 && content.size() < 12)) {
        fail(".npy version " + std::to_string(major) + "." + std::to_string(minor) + " in a file of " +
             std::to_string(content.size()) + " bytes, expected version 1.0 or 2.0");
    }
    const std::size_t start = major == 1 ? 10 : 12;
    const std::size_t header_size = major == 1 ? load_little_endian<std::uint16_t>(bytes.subspan(8))
                                               : load_little_endian<std::uint32_t>(bytes.subspan(8));
    if (header_size > content.size() - start) {
        fail("the header size is " + std::to_string(header_size) + ", expected at most the " +
             std::to_string(content.size() - start) + " bytes that follow");
    }

    detail::NpyHeader header(std::string_view(content).substr(start, header_size), file);
    if (header.dtype == "<i1") header.dtype = "|i1";
    const std::size_t width = detail::npy_width(header.dtype);
    if (width == 0) fail("values of type '" + header.dtype + "', expected |i1, <i2, <i4, <i8, <f4 or <f8");
    if (header.fortran_order && header.shape.size() > 1) fail("the array is in Fortran order, expected C order");
    const auto data = bytes.subspan(start + header_size);
    const std::size_t expected = array_bytes(header.shape, width);
    if (data.size() != expected) {
        fail(std::to_string(data.size()) + " bytes of values, expected " + std::to_string(expected) + " for shape " +
             detail::printable(detail::python_tuple(header.shape), 64) + " of '" + header.dtype + "'");
    }
    NpyArray array{header.dtype, header.shape, {data.begin(), data.end()}, file};
    swap_if_big_endian(array.bytes, width);
    return array;
}

/// Writes `values`, in C order, as an array of `shape`, atomically. Throws ArgumentError when the shape has another
/// number of values or does not fit into a version 1.0 header, DataError when the file cannot be written.
template <class T>
void write_npy(const std::filesystem::path& path, std::span<const std::size_t> shape, std::span<const T> values) {
    if (array_bytes(shape, sizeof(T)) != values.size_bytes()) {
        throw ArgumentError(path.string() + ": " + std::to_string(values.size()) + " values for shape " +
                            detail::printable(detail::python_tuple(shape), 64) +
                            ", expected as many as the shape says");
    }
    std::string header = std::string("{'descr': '") + npy_dtype<T>() +
                         "', 'fortran_order': False, 'shape': " + detail::python_tuple(shape) + ", }";
    // NumPy leaves room for a first size of 21 digits, then always pads, by 1 to 64 spaces.
    if (!shape.empty()) header.append(21 - std::to_string(shape[0]).size(), ' ');
    header.append(64 - (10 + header.size() + 1) % 64, ' ');
    header += '\n';
    if (header.size() > 65535) throw ArgumentError(path.string() + ": a shape of too many dimensions for .npy 1.0");

    std::byte size[2];
    store_little_endian(std::span(size), static_cast<std::uint16_t>(header.size()));
    AtomicFile out(path);
    out.write(std::string_view("\x93NUMPY\x01\0", 8));
    out.write(size);
    out.write(header);
    if constexpr (std::endian::native == std::endian::little) {
        out.write(std::as_bytes(values));
    } else {
        std::vector<std::byte> copy(values.size_bytes());
        if (!copy.empty()) std::memcpy(copy.data(), values.data(), copy.size());
        swap_if_big_endian(copy, sizeof(T));
        out.write(copy);
    }
    out.commit();
}

} // namespace fxp
