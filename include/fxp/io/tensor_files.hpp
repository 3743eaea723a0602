// Tensors in files: raw integers with their format, or floats, in safetensors entries and .npy files, without loss.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/io/npy.hpp"
#include "fxp/io/safetensors.hpp"
#include "fxp/tensor/array.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace fxp {

namespace detail {

template <class T>
constexpr const char* safetensors_dtype() {
    if constexpr (std::is_same_v<T, float>) return "F32";
    if constexpr (std::is_same_v<T, double>) return "F64";
    if constexpr (std::is_integral_v<T>)
        return sizeof(T) == 1 ? "I8" : sizeof(T) == 2 ? "I16" : sizeof(T) == 4 ? "I32" : "I64";
}

inline std::vector<std::size_t> extents(const Shape& shape) {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < shape.rank(); ++i) result.push_back(shape[i]);
    return result;
}

/// "IntBits.FracBits" of a fixed-point tensor, with ":full" after it where the range is, the element's dtype of
/// another.
template <class Tensor>
std::string format_name(const Tensor& tensor) {
    if constexpr (requires { tensor.format; }) {
        const Format format = tensor.format;
        const std::string range = format.range == Range::full ? std::string(":") + range_name(format.range) : "";
        return std::to_string(format.int_bits) + "." + std::to_string(format.frac_bits) + range;
    } else {
        return safetensors_dtype<typename Tensor::Element>();
    }
}

/// Throws DataError unless shape and range suit the tensor. `where` names file and tensor.
template <class Tensor>
void take_values(Tensor& tensor, const std::string& where, const std::vector<std::size_t>& shape,
                 const std::vector<typename Tensor::Element>& values) {
    if (shape != extents(tensor.shape())) {
        std::string found; // of any rank and size, which a Shape is not
        for (const std::size_t extent : shape) found += (found.empty() ? "" : ", ") + std::to_string(extent);
        throw DataError(where + ": shape (" + printable(found, 64) + "), expected " + tensor.shape().to_string());
    }
    for (const auto value : values) {
        if constexpr (requires { tensor.format; }) {
            const Limits limits{tensor.format};
            if (value <= limits.max_raw && value >= limits.min_raw) continue;
            throw DataError(where + ": raw value " + std::to_string(value) + ", expected " +
                            std::to_string(limits.min_raw) + " to " + std::to_string(limits.max_raw) + " for format " +
                            format_name(tensor));
        } else {
            if (value - value == 0) continue;
            throw DataError(where + ": value " + std::to_string(value) + ", expected a finite number");
        }
    }
    std::copy(values.begin(), values.end(), tensor.data());
}

} // namespace detail

/// Adds a tensor under `name`, with metadata "format.<name>" ("IntBits.FracBits", "IntBits.FracBits:full", or F32, F64)
/// and "role.<name>".
template <class Tensor>
void add_tensor(Safetensors& file, const std::string& name, const std::string& role, const Tensor& tensor) {
    using Element = typename Tensor::Element;
    SafetensorsEntry entry{name, detail::safetensors_dtype<Element>(), detail::extents(tensor.shape()), {}};
    entry.bytes.resize(tensor.size() * sizeof(Element));
    if (tensor.size() > 0) std::memcpy(entry.bytes.data(), tensor.data(), entry.bytes.size());
    file.tensors.push_back(std::move(entry));
    file.metadata["format." + name] = detail::format_name(tensor);
    file.metadata["role." + name] = role;
}

/// Fills a tensor of known shape. Throws DataError when `name` is missing or has another format, shape or range.
/// `path` is for messages.
template <class Tensor>
void take_tensor(const Safetensors& file, const std::string& path, const std::string& name, Tensor& tensor) {
    using Element = typename Tensor::Element;
    const auto entry =
        std::find_if(file.tensors.begin(), file.tensors.end(), [&](const auto& e) { return e.name == name; });
    if (entry == file.tensors.end()) throw DataError(path + ": no tensor '" + name + "'");
    const std::string where = path + ": tensor '" + name + "'";
    const auto format = file.metadata.find("format." + name);
    const std::string found = format == file.metadata.end() ? entry->dtype : format->second;
    if (found != detail::format_name(tensor) || entry->dtype != detail::safetensors_dtype<Element>()) {
        throw DataError(where + ": format " + detail::printable(found) + " stored as " + entry->dtype + ", expected " +
                        detail::format_name(tensor) + " stored as " + detail::safetensors_dtype<Element>());
    }
    std::vector<Element> values(entry->bytes.size() / sizeof(Element));
    if (!values.empty()) std::memcpy(values.data(), entry->bytes.data(), values.size() * sizeof(Element));
    detail::take_values(tensor, where, entry->shape, values);
}

/// Writes a tensor as .npy: raw integers of its storage type, or floats.
template <class Tensor>
void save_npy(const std::filesystem::path& path, const Tensor& tensor) {
    const std::vector<std::size_t> shape = detail::extents(tensor.shape());
    write_npy<typename Tensor::Element>(path, shape, tensor.elements());
}

/// Fills a tensor of known shape from .npy. Throws DataError when type, shape or range do not suit.
template <class Tensor>
void load_npy(const std::filesystem::path& path, Tensor& tensor) {
    const NpyArray array = read_npy(path);
    detail::take_values(tensor, path.string(), array.shape, array.as<typename Tensor::Element>());
}

} // namespace fxp
