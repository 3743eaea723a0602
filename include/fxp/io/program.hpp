// What a program that writes files and results does about outputs that get lost: for main().
#pragma once

#include "fxp/tensor/error.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <system_error>

namespace fxp {

/// Lets a write beyond the limit of file sizes (ulimit -f) fail as it does on a full disk. Without this the operating
/// system ends the program (SIGXFSZ).
inline void survive_file_size_limit() { std::signal(SIGXFSZ, SIG_IGN); }

/// Flushes standard output, to be called after the last result. Throws DataError "cannot write to standard output:
/// <reason of the operating system>" when some of what was printed, through stdio or std::cout, was lost.
inline void finish_standard_output() {
    errno = 0;
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
    const std::string reason = errno != 0 ? std::generic_category().message(errno) : "some of the output is lost";
    throw DataError("cannot write to standard output: " + reason);
}

} // namespace fxp
