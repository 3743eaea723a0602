// The safetensors format: named tensors and string metadata in one file that any safetensors reader opens.
// Format: header size (8 bytes, little-endian), header (JSON, padded with spaces to a multiple of 8), data
// (little-endian). The header maps each name to {dtype, shape, data_offsets: [begin, end)} and "__metadata__" to
// strings. Tensors lie without gaps; those of wide elements come first, so each starts at a multiple of its element's
// size, the data section at a multiple of 8. In memory elements are in the machine's byte order. Integrity: the writer
// adds the metadata keys data_sha256 (SHA-256 of the data section) and header_sha256 (of the header with its own 64
// digits as '0'), so that the reader refuses a change of any bit. Files without both keys are read unverified. The same
// input gives the same bytes: no time, no machine, no path. Errors: DataError naming file, finding and expectation;
// sizes are checked against the file's size before any use. Source: the format's description in the safetensors
// repository of Hugging Face.
#pragma once

#include "fxp/io/array_bytes.hpp"
#include "fxp/io/atomic_file.hpp"
#include "fxp/io/endian.hpp"
#include "fxp/io/sha256.hpp"
#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace fxp {

/// One tensor. `dtype` is I8, I16, I32, I64, F32, F64 or U8; `bytes` holds product(shape) elements in C order and in
/// the machine's byte order.
struct SafetensorsEntry {
    std::string name;               ///< unique in a file, not "__metadata__"
    std::string dtype;              ///< as above
    std::vector<std::size_t> shape; ///< extents, outermost first
    std::vector<std::byte> bytes;   ///< the elements
};

/// A file's content. Tensors keep the order of the header; names are unique. After reading, `metadata` holds the two
/// digests too; the writer replaces them.
struct Safetensors {
    std::vector<SafetensorsEntry> tensors;       ///< what the file is for
    std::map<std::string, std::string> metadata; ///< texts by name: formats, roles, the recipe, digests
};

namespace detail {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

inline constexpr const char* safetensors_dtypes = "I8, I16, I32, I64, F32, F64 or U8";
inline constexpr const char* safetensors_metadata = "__metadata__";
inline constexpr const char* data_digest = "data_sha256";
inline constexpr const char* header_digest = "header_sha256";

/// Bytes of one element, 0 for a dtype that is not supported.
inline std::size_t safetensors_width(std::string_view dtype) {
    if (dtype == "I8" || dtype == "U8") return 1;
    if (dtype == "I16") return 2;
    if (dtype == "I32" || dtype == "F32") return 4;
    return dtype == "I64" || dtype == "F64" ? 8 : 0;
}

/// SHA-256 of the header with the digits of its own digest as '0'.
inline std::string safetensors_header_digest(std::string header, std::string_view stated) {
    const std::size_t at = stated.empty() ? std::string::npos : header.find(stated);
    if (at != std::string::npos) header.replace(at, stated.size(), stated.size(), '0');
    return sha256_hex(std::as_bytes(std::span(header)));
}

/// Steps of read_safetensors; each throws DataError "<file>: <finding>".
class SafetensorsReader {
  public:
    SafetensorsReader(std::string file, const std::string& content)
        : file_(std::move(file)), bytes_(std::as_bytes(std::span(content))) {
        if (bytes_.size() < 8) {
            fail("the file has " + std::to_string(bytes_.size()) + " bytes, expected a safetensors file");
        }
        const auto size = load_little_endian<std::uint64_t>(bytes_);
        if (size > bytes_.size() - 8) {
            fail("damaged: the header size is " + std::to_string(size) + ", expected at most the " +
                 std::to_string(bytes_.size() - 8) + " bytes that follow");
        }
        header_ = content.substr(8, static_cast<std::size_t>(size));
        data_ = bytes_.subspan(8 + header_.size());
    }

    Safetensors read() {
        const auto [header, names] = parse();
        Safetensors result;
        if (header.contains(safetensors_metadata)) result.metadata = read_metadata(header[safetensors_metadata]);
        verify(result.metadata);
        std::vector<std::pair<std::size_t, std::size_t>> ranges;
        for (const std::string& name : names) {
            if (name == safetensors_metadata) continue;
            result.tensors.push_back(read_tensor(name, header[name], ranges));
        }
        std::sort(ranges.begin(), ranges.end());
        std::size_t end = 0;
        for (const auto& range : ranges) {
            if (range.first != end) {
                fail("damaged: a tensor starts at byte " + std::to_string(range.first) + " of the data, expected " +
                     std::to_string(end));
            }
            end = range.second;
        }
        if (end != data_.size()) {
            fail("damaged: the file has " + std::to_string(data_.size()) + " bytes of data, expected " +
                 std::to_string(end) + " as its header says");
        }
        return result;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const { throw DataError(file_ + ": " + what); }

    /// The header, and its own keys in their order. (An OrderedJson takes the square of their number to parse.)
    std::pair<Json, std::vector<std::string>> parse() const {
        std::vector<std::set<std::string>> keys;
        std::vector<std::string> names;
        bool unique = true;
        const auto watch = [&](int, Json::parse_event_t event, Json& value) {
            if (event == Json::parse_event_t::object_start) keys.emplace_back();
            if (event == Json::parse_event_t::object_end) keys.pop_back();
            if (event == Json::parse_event_t::key) {
                const auto& key = value.get_ref<const std::string&>();
                unique = keys.back().insert(key).second && unique;
                if (keys.size() == 1) names.push_back(key);
            }
            return true;
        };
        Json header = Json::parse(header_, watch, false);
        if (header.is_discarded() || !header.is_object()) fail("damaged: its header is not a JSON object");
        if (!unique) fail("damaged: its header has a key twice");
        return {std::move(header), std::move(names)};
    }

    std::map<std::string, std::string> read_metadata(const Json& json) const {
        if (!json.is_object()) fail("damaged: __metadata__ is not a JSON object");
        std::map<std::string, std::string> metadata;
        for (const auto& [key, value] : json.items()) {
            if (!value.is_string()) fail("damaged: __metadata__ has a value that is not a string, expected strings");
            metadata[key] = value.get<std::string>();
        }
        return metadata;
    }

    void verify(const std::map<std::string, std::string>& metadata) const {
        const auto data = metadata.find(data_digest);
        const auto header = metadata.find(header_digest);
        if (data == metadata.end() && header == metadata.end()) return;
        if (data == metadata.end() || header == metadata.end()) {
            fail(std::string("damaged: its header has only one of ") + data_digest + " and " + header_digest +
                 ", expected both");
        }
        verify("header", safetensors_header_digest(header_, header->second), header->second);
        verify("data", sha256_hex(data_), data->second);
    }

    void verify(const std::string& part, const std::string& found, const std::string& stated) const {
        if (found == stated) return;
        const bool is_digest = stated.size() == 64 && stated.find_first_not_of("0123456789abcdef") == std::string::npos;
        fail("damaged: SHA-256 of its " + part + " is " + found + ", its header says " +
             (is_digest ? stated : "something that is no SHA-256"));
    }

    /// A piece of the header as it may stand in a message: at most 64 printable characters.
    static std::string shown(const Json& json) { return printable(json.dump(-1, ' ', true), 64); }

    std::size_t size_from(const Json& json, const std::string& who) const {
        if (!json.is_number_unsigned()) fail(who + " has a shape or offset that is not an integer from 0 to 2^64 - 1");
        return json.get<std::size_t>();
    }

    SafetensorsEntry read_tensor(const std::string& name, const Json& json,
                                 std::vector<std::pair<std::size_t, std::size_t>>& ranges) const {
        const std::string who = "tensor " + shown(name);
        if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json["dtype"].is_string() ||
            !json.contains("shape") || !json["shape"].is_array() || !json.contains("data_offsets") ||
            !json["data_offsets"].is_array() || json["data_offsets"].size() != 2) {
            fail(who + " is not described by dtype, shape and two data_offsets");
        }
        SafetensorsEntry entry{name, json["dtype"].get<std::string>(), {}, {}};
        const std::size_t width = safetensors_width(entry.dtype);
        if (width == 0) {
            fail(who + " has dtype " + shown(json["dtype"]) + ", expected " + safetensors_dtypes);
        }
        for (const Json& size : json["shape"]) entry.shape.push_back(size_from(size, who));
        const std::size_t begin = size_from(json["data_offsets"][0], who);
        const std::size_t end = size_from(json["data_offsets"][1], who);
        const std::size_t expected = array_bytes(entry.shape, width);
        if (begin > end || end > data_.size() || end - begin != expected) {
            fail(who + " has data_offsets " + json["data_offsets"].dump() + ", expected " + std::to_string(expected) +
                 " bytes for shape " + shown(json["shape"]) + " of " + entry.dtype + " within the " +
                 std::to_string(data_.size()) + " bytes of data");
        }
        ranges.emplace_back(begin, end);
        const auto bytes = data_.subspan(begin, expected);
        entry.bytes.assign(bytes.begin(), bytes.end());
        swap_if_big_endian(entry.bytes, width);
        return entry;
    }

    std::string file_;
    std::span<const std::byte> bytes_;
    std::string header_;
    std::span<const std::byte> data_;
};

/// The header's JSON with every tensor's place and room for the digests; `order` becomes the order of the data section.
inline OrderedJson safetensors_header(const std::string& file, const Safetensors& content,
                                      std::vector<std::size_t>& order) {
    const auto fail = [&file](const std::string& what) { throw ArgumentError(file + ": " + what); };
    for (std::size_t i = 0; i < content.tensors.size(); ++i) order.push_back(i);
    const auto width = [&](std::size_t i) { return safetensors_width(content.tensors[i].dtype); };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return width(a) > width(b); });
    std::vector<std::size_t> begins(order.size());
    std::size_t end = 0;
    for (const std::size_t i : order) {
        begins[i] = end;
        end += content.tensors[i].bytes.size();
    }

    OrderedJson header = OrderedJson::object();
    auto metadata = content.metadata;
    metadata[data_digest].clear();
    metadata[header_digest].assign(64, '0');
    header[safetensors_metadata] = metadata;
    std::set<std::string_view> names{safetensors_metadata};
    for (std::size_t i = 0; i < content.tensors.size(); ++i) {
        const SafetensorsEntry& tensor = content.tensors[i];
        if (!names.insert(tensor.name).second) fail("the name '" + tensor.name + "' is taken, expected unique names");
        if (width(i) == 0) {
            fail("tensor '" + tensor.name + "' has dtype '" + tensor.dtype + "', expected " + safetensors_dtypes);
        }
        const std::size_t expected = array_bytes(tensor.shape, width(i));
        if (tensor.bytes.size() != expected) {
            fail("tensor '" + tensor.name + "' has " + std::to_string(tensor.bytes.size()) + " bytes, expected " +
                 std::to_string(expected) + " for its shape and " + tensor.dtype);
        }
        header[tensor.name] = {{"dtype", tensor.dtype},
                               {"shape", tensor.shape},
                               {"data_offsets", {begins[i], begins[i] + tensor.bytes.size()}}};
    }
    return header;
}

} // namespace detail

/// Writes `content` with its two digests, atomically. Throws ArgumentError for a name that is taken twice or is
/// "__metadata__", an unknown dtype, a number of bytes that is not the shape's, or text that is not UTF-8; DataError
/// when the file cannot be written.
inline void write_safetensors(const std::filesystem::path& path, const Safetensors& content) {
    std::vector<std::size_t> order;
    detail::OrderedJson header = detail::safetensors_header(path.string(), content, order);

    Sha256 sha;
    std::vector<std::byte> swapped;
    const auto for_each_tensor = [&](const auto& use) {
        for (const std::size_t i : order) {
            const SafetensorsEntry& tensor = content.tensors[i];
            if constexpr (std::endian::native == std::endian::little) {
                use(std::span(tensor.bytes));
            } else {
                swapped = tensor.bytes;
                swap_if_big_endian(swapped, detail::safetensors_width(tensor.dtype));
                use(std::span<const std::byte>(swapped));
            }
        }
    };
    for_each_tensor([&](std::span<const std::byte> bytes) { sha.update(bytes); });

    header[detail::safetensors_metadata][detail::data_digest] = sha.hex();
    std::string text;
    try {
        text = header.dump();
    } catch (const detail::OrderedJson::exception&) {
        throw ArgumentError(path.string() + ": a tensor's name or the metadata is not UTF-8, expected UTF-8");
    }
    text.append((8 - text.size() % 8) % 8, ' ');
    // Quotes inside strings are escaped, so the key is found nowhere else.
    const std::string key = std::string("\"") + detail::header_digest + "\":\"";
    text.replace(text.find(key) + key.size(), 64, sha256_hex(std::as_bytes(std::span(text))));

    std::byte size[8];
    store_little_endian(std::span(size), static_cast<std::uint64_t>(text.size()));
    AtomicFile file(path);
    file.write(size);
    file.write(text);
    for_each_tensor([&](std::span<const std::byte> bytes) { file.write(bytes); });
    file.commit();
}

/// Reads and verifies a file. Throws DataError for a file that cannot be read, is damaged (its digests do not match) or
/// is not safetensors: header size, JSON, keys, dtypes, shapes or offsets that contradict each other or the file's
/// size.
inline Safetensors read_safetensors(const std::filesystem::path& path) {
    const std::string content = read_file(path);
    return detail::SafetensorsReader(path.string(), content).read();
}

} // namespace fxp
