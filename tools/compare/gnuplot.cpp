#include "gnuplot.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

#include "fxp/io/atomic_file.hpp"
#include "text.hpp"

namespace fxp::compare {
namespace {

namespace fs = std::filesystem;

constexpr int not_started = 127;
constexpr std::size_t most_output = 64 * 1024; // characters of gnuplot's messages that are kept

/// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become_gnuplot(const char* program, const char* folder, char* const* arguments, int messages) {
    const int nothing = open("/dev/null", O_RDONLY);
    const bool ready = nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(messages, STDOUT_FILENO) >= 0 &&
                       dup2(messages, STDERR_FILENO) >= 0 && chdir(folder) == 0;
    signal(SIGXFSZ, SIG_DFL); // so that a limit of file sizes ends it
    if (ready) execv(program, arguments);
    _exit(not_started);
}

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = read(descriptor, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        if (text.size() < most_output) text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

/// The name of a plot in `folder` that is not whole: gnuplot does not notice when the disk is full.
std::optional<std::string> cut_off_plot(const fs::path& folder) {
    constexpr std::size_t most_tail = 16;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        const std::string content = read_file(entry.path());
        const std::string tail = content.substr(content.size() - std::min(content.size(), most_tail));
        const bool is_svg = content.starts_with("<?xml");
        const bool is_png = content.starts_with("\x89PNG");
        const bool whole = is_svg ? tail.find("</svg>") != tail.npos : is_png ? tail.find("IEND") != tail.npos : true;
        if (content.empty() || !whole) return entry.path().filename().string();
    }
    return std::nullopt;
}

/// The last line that holds letters: gnuplot ends with the error, after the offending line and a caret.
std::string last_message(std::string_view text) {
    std::string message;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string_view line = text.substr(start, end - start);
        const std::size_t first = line.find_first_not_of(" \t^");
        if (first != std::string_view::npos) message = printable(line.substr(first));
        start = end + 1;
    }
    return message;
}

} // namespace

std::optional<fs::path> find_gnuplot() {
    const char* const variable = std::getenv("PATH");
    const std::string_view path = variable != nullptr ? variable : "";
    for (std::size_t start = 0; start < path.size();) {
        const std::size_t end = std::min(path.find(':', start), path.size());
        const fs::path candidate = fs::absolute(fs::path(path.substr(start, end - start)) / "gnuplot");
        std::error_code ignored;
        if (fs::is_regular_file(candidate, ignored) && access(candidate.c_str(), X_OK) == 0) return candidate;
        start = end + 1;
    }
    return std::nullopt;
}

std::optional<std::string> run_gnuplot(const fs::path& program, const fs::path& folder, const std::string& script) {
    std::array<int, 2> channel{};
    if (pipe2(channel.data(), O_CLOEXEC) != 0) return "no pipe to gnuplot";
    std::string name = "gnuplot";
    std::string defaults = "-d";
    std::string argument = script;
    std::array<char*, 4> arguments{name.data(), defaults.data(), argument.data(), nullptr};
    const std::string program_text = program.string();
    const std::string folder_text = folder.string();
    const pid_t child = fork();
    if (child == 0) become_gnuplot(program_text.c_str(), folder_text.c_str(), arguments.data(), channel[1]);
    close(channel[1]);
    if (child < 0) {
        close(channel[0]);
        return "no process for gnuplot";
    }
    const std::string messages = read_all(channel[0]);
    close(channel[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (const auto plot = cut_off_plot(folder)) return "gnuplot left " + *plot + " cut off: is the disk full?";
        return std::nullopt;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == not_started) return "gnuplot could not be started";
    const std::string message = last_message(messages);
    return "gnuplot failed on " + script + (message.empty() ? "" : ": " + message);
}

} // namespace fxp::compare
