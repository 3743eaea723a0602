// Progress on a terminal and clean ends on signals.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace usps10 {

/// One line on stderr, redrawn a few times a second: bar, elapsed and remaining time, loss and accuracies. Silent when
/// stderr is not a terminal.
class ProgressBar {
  public:
    /// `done` of `total` batches lie behind already.
    ProgressBar(std::string title, std::size_t done, std::size_t total, bool wanted);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// `text`: loss and accuracies, ready to show.
    void show(std::size_t done, const std::string& text);

  private:
    using Clock = std::chrono::steady_clock;
    std::string title_;
    std::size_t first_;
    std::size_t total_;
    bool active_;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point next_ = begin_;
};

/// From now on SIGINT and SIGTERM only leave a note, so that the loop can write a checkpoint and end; a second one ends
/// the program at once.
void catch_stop_signals();
/// The signal that arrived, or zero.
int stop_signal();

} // namespace usps10
