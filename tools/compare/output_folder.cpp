#include "output_folder.hpp"

#include <system_error>
#include <unistd.h>

#include "fxp/io/atomic_file.hpp"
#include "fxp/tensor/error.hpp"
#include "text.hpp"

namespace fxp::compare {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const fs::path& target) : target_(fs::absolute(target).lexically_normal()) {
    if (target_.filename().empty()) target_ = target_.parent_path();
    if (fs::exists(target_) && !fs::is_directory(target_))
        throw DataError(printable(target.string()) + ": exists and is not a folder");
    const std::string name = "." + target_.filename().string() + "." + std::to_string(getpid()) + ".partial";
    std::error_code error;
    fs::create_directories(target_.parent_path(), error);
    staging_ = target_.parent_path() / name;
    if (error || !fs::create_directory(staging_, error)) {
        staging_.clear();
        throw DataError(printable(target.string()) + ": cannot be written" + (error ? ", " + error.message() : ""));
    }
}

OutputFolder::~OutputFolder() {
    std::error_code ignored;
    if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

void OutputFolder::write(const std::string& name, std::string_view content) const {
    write_file(staging_ / name, content);
}

void OutputFolder::publish(const std::vector<std::string>& outdated) {
    std::error_code error;
    fs::create_directory(target_, error);
    for (const std::string& name : outdated) {
        if (!error && !fs::exists(staging_ / name)) fs::remove(target_ / name, error);
    }
    for (auto entry = fs::directory_iterator(staging_, error); !error && entry != fs::directory_iterator();) {
        const fs::path file = entry->path();
        entry.increment(error);
        if (!error) fs::rename(file, target_ / file.filename(), error);
    }
    if (error) throw DataError(printable(target_.string()) + ": cannot be written, " + error.message());
}

} // namespace fxp::compare
