// Files that appear whole or not at all: written beside the target under a temporary name, flushed to the disk, then
// renamed over the target (POSIX rename is atomic). A reader, or a run that is killed, sees the old file or the new
// one. A symbolic link is followed, so that its target is replaced; devices, pipes and folders are refused. What a
// killed writer left is removed by the next one of the same file. Errors: DataError "cannot write <file>: <reason of
// the operating system>", "cannot read <file>: <reason>".
#pragma once

#include "fxp/tensor/error.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fxp {

/// Makes the entries of a folder (files that were renamed, made or removed in it) survive a loss of power, where its
/// file system can.
inline void sync_folder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    static_cast<void>(::fsync(descriptor));
    ::close(descriptor);
}

/// A file under construction. It becomes visible under its name in commit(); without commit() it leaves nothing behind.
class AtomicFile {
  public:
    /// Opens a temporary file beside `path`. Throws DataError when that is impossible or `path` is not a regular file.
    explicit AtomicFile(const std::filesystem::path& path) : path_(path), target_(path) {
        std::error_code error;
        if (std::filesystem::is_symlink(path, error)) {
            target_ = std::filesystem::weakly_canonical(path, error);
            if (error) fail(error.message());
        }
        const auto status = std::filesystem::status(target_, error);
        if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) fail("not a regular file");

        remove_abandoned();
        const int descriptor = open_temporary();
        file_ = ::fdopen(descriptor, "wb");
        if (file_ == nullptr) {
            const int reason = errno;
            ::close(descriptor);
            ::unlink(temporary_.c_str());
            errno = reason;
            fail_errno();
        }
    }

    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    /// Removes the temporary file if commit() was not reached or failed. The target is untouched then.
    ~AtomicFile() {
        if (file_ != nullptr) std::fclose(file_);
        if (!committed_) ::unlink(temporary_.c_str());
    }

    /// Appends bytes. Throws DataError when the operating system refuses them, ArgumentError after commit().
    void write(std::span<const std::byte> bytes) {
        require_open();
        if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail_errno();
    }

    /// Appends text, as above.
    void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

    /// Flushes, syncs, closes and renames over the target; then syncs the folder where its file system can. Throws
    /// DataError when any step fails, and the target is then as it was; ArgumentError when called twice.
    void commit() {
        require_open();
        if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) fail_errno();
        const int closed = std::fclose(file_);
        file_ = nullptr;
        if (closed != 0 || std::rename(temporary_.c_str(), target_.c_str()) != 0) fail_errno();
        committed_ = true;
        sync_folder(target_.parent_path());
    }

  private:
    static constexpr std::string_view infix = ".tmp-"; ///< between the target's name and "PROCESS-NUMBER"

    /// A writer holds a lock on its temporary file, which the system lets go of when the writer dies.
    static bool lock(int descriptor, int mode) { return ::flock(descriptor, LOCK_EX | mode) == 0; }

    /// Opens and locks a temporary file under a name that no other has.
    int open_temporary() {
        static std::atomic<unsigned> counter{0};
        for (;;) {
            temporary_ = target_;
            temporary_ += std::string(infix) + std::to_string(::getpid()) + "-" + std::to_string(counter++);
            const int descriptor = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (descriptor < 0 && errno == EEXIST) continue;
            if (descriptor < 0) fail_errno();
            static_cast<void>(lock(descriptor, 0)); // where files cannot be locked, none is taken for abandoned
            struct stat now {};
            if (::fstat(descriptor, &now) != 0 || now.st_nlink > 0) return descriptor;
            ::close(descriptor); // another writer took it for abandoned before it was locked
        }
    }

    /// Removes the target's temporary files whose writers are dead.
    void remove_abandoned() const {
        const std::string prefix = target_.filename().string() + std::string(infix);
        const std::filesystem::path folder = target_.has_parent_path() ? target_.parent_path() : ".";
        std::error_code error;
        for (auto entry = std::filesystem::directory_iterator(folder, error);
             !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
            const std::string name = entry->path().filename().string();
            if (!name.starts_with(prefix) || name.find_first_not_of("0123456789-", prefix.size()) != name.npos)
                continue;
            const int descriptor = ::open(entry->path().c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
            if (descriptor < 0) continue;
            if (lock(descriptor, LOCK_NB)) ::unlink(entry->path().c_str());
            ::close(descriptor);
        }
    }

    void require_open() const {
        if (file_ == nullptr) throw ArgumentError(path_.string() + ": the file is closed, no more can be written");
    }

    [[noreturn]] void fail(const std::string& reason) const {
        throw DataError("cannot write " + path_.string() + ": " + reason);
    }

    [[noreturn]] void fail_errno() const { fail(std::generic_category().message(errno)); }

    std::filesystem::path path_;
    std::filesystem::path target_;
    std::filesystem::path temporary_;
    std::FILE* file_ = nullptr;
    bool committed_ = false;
};

/// Writes a whole file atomically. Throws DataError as AtomicFile does.
inline void write_file(const std::filesystem::path& path, std::string_view content) {
    AtomicFile file(path);
    file.write(content);
    file.commit();
}

/// The bytes of a whole file. Throws DataError naming the file and the reason.
inline std::string read_file(const std::filesystem::path& path) {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const auto fail = [&path] {
        throw DataError("cannot read " + path.string() + ": " + std::generic_category().message(errno));
    };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
    if (!file) fail();
    std::error_code no_size;
    const auto expected_size = std::filesystem::file_size(path, no_size);
    std::string content(no_size ? 65536 : static_cast<std::size_t>(expected_size) + 1, '\0');
    std::size_t used = 0;
    while (const std::size_t got = std::fread(content.data() + used, 1, content.size() - used, file.get())) {
        used += got;
        if (used == content.size()) content.resize(2 * used);
    }
    if (std::ferror(file.get()) != 0) fail();
    content.resize(used);
    return content;
}

} // namespace fxp
