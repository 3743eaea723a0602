// Running gnuplot as a child process.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace fxp::compare {

/// Absolute path of the gnuplot program on PATH.
std::optional<std::filesystem::path> find_gnuplot();

/// Runs `program -d script` in `folder`, without a shell and without the user's start-up files; `script` is a name
/// inside the folder. Returns nothing on success, otherwise one line that says what went wrong; a plot in the folder
/// that is not whole is no success.
std::optional<std::string> run_gnuplot(const std::filesystem::path& program, const std::filesystem::path& folder,
                                       const std::string& script);

} // namespace fxp::compare
