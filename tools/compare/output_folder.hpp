// A folder that is filled aside and then takes its place.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fxp::compare {

/// Files are written to a folder next to `target`. publish() moves them over, replacing files of the same name, and
/// removes the files of `outdated` that were not written anew; without it nothing of them remains. Throws DataError
/// when a file or folder cannot be written.
class OutputFolder {
  public:
    explicit OutputFolder(const std::filesystem::path& target);
    ~OutputFolder();
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;

    /// Where the files are until publish().
    const std::filesystem::path& staging() const { return staging_; }

    void write(const std::string& name, std::string_view content) const;
    void publish(const std::vector<std::string>& outdated);

  private:
    std::filesystem::path target_;
    std::filesystem::path staging_;
};

} // namespace fxp::compare
