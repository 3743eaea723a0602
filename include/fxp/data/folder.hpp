// A train and a test set from a folder, recognised by the names of the files in it; the first match counts:
//   usps, usps.t                                          USPS10 (LIBSVM text), pixels in [-1, 1]
//   digits.csv                                            optdigits, every fifth sample is test, pixels in [-1, 1]
//   train-images-idx3-ubyte, train-labels-idx1-ubyte,
//   t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte        MNIST family (IDX), named after the folder, pixels in [0, 1]
// Errors: DataError naming the folder and the files that were looked for, or what is wrong with one of them.
#pragma once

#include "fxp/data/csv_digits.hpp"
#include "fxp/data/dataset.hpp"
#include "fxp/data/idx.hpp"
#include "fxp/data/libsvm.hpp"
#include "fxp/tensor/error.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace fxp {

/// What a folder holds.
struct TrainTest {
    Dataset train;          ///< to learn from
    Dataset test;           ///< to measure accuracy on, never to learn from
    bool is_usps10 = false; ///< true when results may be compared with published results on USPS10
};

namespace detail {

/// True when all `names` are in the folder, false when none is. Throws DataError when only some are.
inline bool has_all(const std::filesystem::path& dir, std::span<const char* const> names) {
    std::string present;
    std::string absent;
    for (const char* name : names) {
        std::error_code ignored;
        std::string& list = std::filesystem::exists(dir / name, ignored) ? present : absent;
        list += (list.empty() ? "" : ", ") + std::string(name);
    }
    if (!present.empty() && !absent.empty()) {
        throw DataError(dir.string() + ": the folder has " + present + ", expected also " + absent);
    }
    return absent.empty();
}

} // namespace detail

/// Reads the data set in the folder `dir`; both parts have at least one sample. Throws DataError for a folder that is
/// missing or holds no known data set, or only a part of one, and whatever the reader of its files throws.
inline TrainTest read_folder(const std::filesystem::path& dir) {
    constexpr std::array usps{"usps", "usps.t"};
    constexpr std::array optdigits{"digits.csv"};
    constexpr std::array idx{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                             "t10k-labels-idx1-ubyte"};
    std::error_code error;
    if (!std::filesystem::is_directory(dir, error)) {
        throw DataError(dir.string() + ": " + (error ? error.message() : "not a folder") +
                        ", expected a folder with a data set");
    }

    TrainTest result;
    if (detail::has_all(dir, usps)) {
        result = {read_libsvm(dir / usps[0]), read_libsvm(dir / usps[1]), true};
        result.train.name = result.test.name = "USPS10";
    } else if (detail::has_all(dir, optdigits)) {
        auto [train, test] = split_every(read_csv_digits(dir / optdigits[0]), 5);
        if (test.size() == 0) {
            throw DataError((dir / optdigits[0]).string() + ": " + std::to_string(train.size()) +
                            " samples, expected at least 5, as every fifth is for testing");
        }
        result = {std::move(train), std::move(test), false};
    } else if (detail::has_all(dir, idx)) {
        result = {read_idx(dir / idx[0], dir / idx[1]), read_idx(dir / idx[2], dir / idx[3]), false};
        result.train.name = result.test.name = std::filesystem::canonical(dir, error).filename().string();
        if (result.train.height != result.test.height || result.train.width != result.test.width) {
            throw DataError((dir / idx[2]).string() + ": images of " + std::to_string(result.test.height) + " x " +
                            std::to_string(result.test.width) + " pixels, expected " +
                            std::to_string(result.train.height) + " x " + std::to_string(result.train.width) +
                            " as in " + idx[0]);
        }
    } else {
        throw DataError(dir.string() + ": no data set in this folder, expected usps and usps.t (USPS10), digits.csv " +
                        "(optdigits), or " + idx[0] + ", " + idx[1] + ", " + idx[2] + " and " + idx[3] +
                        " (MNIST family, decompressed)");
    }
    return result;
}

} // namespace fxp
