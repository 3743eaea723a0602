#include "progress.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace usps10 {

namespace {

volatile std::sig_atomic_t caught_signal = 0;

extern "C" void note_signal(int signal) {
    caught_signal = signal;
    std::signal(signal, SIG_DFL);
}

std::string clock_text(double seconds) {
    const auto whole = static_cast<long>(std::max(0.0, seconds) + 0.5);
    char text[32];
    if (whole >= 3600) {
        std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
    }
    return text;
}

} // namespace

ProgressBar::ProgressBar(std::string title, std::size_t done, std::size_t total, bool wanted)
    : title_(std::move(title)), first_(done), total_(total), active_(wanted && isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
    if (active_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::show(std::size_t done, const std::string& text) {
    if (!active_ || (Clock::now() < next_ && done < total_)) return;
    next_ = Clock::now() + std::chrono::milliseconds(200);
    const double elapsed = std::chrono::duration<double>(Clock::now() - begin_).count();
    const std::size_t fresh = done - first_;
    const double remaining = fresh == 0 ? 0 : elapsed / static_cast<double>(fresh) * static_cast<double>(total_ - done);
    constexpr std::size_t width = 24;
    const std::size_t filled = total_ == 0 ? width : width * done / total_;
    const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
    std::fprintf(stderr, "\r\033[K%s [%s] %s elapsed, %s remaining  %s", title_.c_str(), bar.c_str(),
                 clock_text(elapsed).c_str(), clock_text(remaining).c_str(), text.c_str());
    std::fflush(stderr);
}

void catch_stop_signals() {
    std::signal(SIGINT, note_signal);
    std::signal(SIGTERM, note_signal);
}

int stop_signal() { return caught_signal; }

} // namespace usps10
