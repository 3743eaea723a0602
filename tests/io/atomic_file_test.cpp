#include "fxp/io/atomic_file.hpp"

#include "support/catch.hpp"
#include "support/scratch.hpp"

#include <csignal>
#include <filesystem>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace atomic_file_test {

using fxp_test::lacks;
using fxp_test::message_of;
using fxp_test::Scratch;

namespace {

std::string message(const std::filesystem::path& path, const std::string& content = "x") {
    return message_of<fxp::DataError>([&] { fxp::write_file(path, content); });
}

/// No file of this process may grow beyond `bytes` while this object lives: stands for a full disk.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit before_{};
    void (*handler_)(int);
};

} // namespace

TEST_CASE("atomic_file: commit makes the file visible, whole", "[io]") {
    const Scratch scratch;
    const auto path = scratch.file("out", "old");
    {
        fxp::AtomicFile file(path);
        file.write(std::string_view("ne"));
        file.write(std::as_bytes(std::span("w\0", 2)));
        CHECK(fxp::read_file(path) == "old");
        file.commit();
        CHECK(fxp::read_file(path) == std::string("new\0", 4));
        CHECK(lacks(message_of<fxp::ArgumentError>([&] { file.commit(); }), {path.string(), "closed"}) == "");
        CHECK(lacks(message_of<fxp::ArgumentError>([&] { file.write("more"); }), {path.string(), "closed"}) == "");
    }
    CHECK(fxp::read_file(path) == std::string("new\0", 4));
    CHECK(scratch.count() == 1);
}

TEST_CASE("atomic_file: without commit nothing changes and nothing is left", "[io]") {
    const Scratch scratch;
    const auto path = scratch.file("out", "old");
    {
        fxp::AtomicFile first(path);
        fxp::AtomicFile second(path);
        first.write("new");
        CHECK(scratch.count() == 3);
    }
    CHECK(fxp::read_file(path) == "old");
    CHECK(scratch.count() == 1);
}

TEST_CASE("atomic_file: what a killed writer left goes with the next one of the same file", "[io]") {
    const Scratch scratch;
    const auto path = scratch.file("out", "old");
    for (const char* foreign : {"out.tmp-notes", "out.tmp-1-1x", "other.tmp-1-1", "out.tmp", "out-1-1"}) {
        scratch.file(foreign, "kept");
    }
    scratch.file("out.tmp-1-1", "by nobody who lives");
    const pid_t child = ::fork();
    if (child == 0) {
        const fxp::AtomicFile file(path);
        ::raise(SIGKILL);
    }
    REQUIRE(child > 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(scratch.count() == 7); // the child took the first away
    {
        fxp::AtomicFile first(path); // takes them away, but not what a living writer has
        CHECK(scratch.count() == 7);
        fxp::AtomicFile second(path);
        CHECK(scratch.count() == 8);
        first.write("new");
        first.commit();
    }
    CHECK(fxp::read_file(path) == "new");
    CHECK(scratch.count() == 6);
}

TEST_CASE("atomic_file: write_file and read_file", "[io]") {
    const Scratch scratch;
    const auto path = scratch.folder() / "out";
    for (const std::string& content : {std::string(), std::string("a\r\n\0b", 5), std::string(300'000, 'z')}) {
        fxp::write_file(path, content);
        CHECK(fxp::read_file(path) == content);
    }
    CHECK_FALSE(fxp::read_file("/proc/self/status").empty());
}

TEST_CASE("atomic_file: a symbolic link keeps its place", "[io]") {
    const Scratch scratch;
    const auto path = scratch.file("target", "old");
    std::filesystem::create_symlink("target", scratch.folder() / "link");
    fxp::write_file(scratch.folder() / "link", "new");
    CHECK(fxp::read_file(path) == "new");
    CHECK(std::filesystem::is_symlink(scratch.folder() / "link"));
    CHECK(scratch.count() == 2);
}

TEST_CASE("atomic_file: every failure names the file and the reason", "[io]") {
    const Scratch scratch;
    const auto absent = scratch.folder() / "absent" / "out";
    CHECK(lacks(message(absent), {"cannot write " + absent.string() + ": No such file or directory"}) == "");
    const auto below_file = scratch.file("plain", "") / "out";
    CHECK(lacks(message(below_file), {"cannot write " + below_file.string() + ": Not a directory"}) == "");
    CHECK(lacks(message(scratch.folder()), {"cannot write " + scratch.folder().string() + ": not a regular"}) == "");
    CHECK(lacks(message("/dev/full"), {"cannot write /dev/full: not a regular file"}) == "");
    const auto long_name = scratch.folder() / std::string(300, 'n');
    CHECK(lacks(message(long_name), {"cannot write", "nnn", "File name too long"}) == "");
    CHECK(lacks(message(""), {"cannot write "}) == "");
    CHECK(lacks(message_of<fxp::DataError>([&] { fxp::read_file(absent); }),
                {"cannot read " + absent.string() + ": No such file or directory"}) == "");
    CHECK(lacks(message_of<fxp::DataError>([&] { fxp::read_file(scratch.folder()); }),
                {"cannot read " + scratch.folder().string() + ": Is a directory"}) == "");
    CHECK(scratch.count() == 1);
}

TEST_CASE("atomic_file: a full disk leaves the old file", "[io]") {
    const Scratch scratch;
    const auto path = scratch.file("out", "old");
    for (const std::size_t size : {std::size_t{2000}, std::size_t{200'000}}) {
        std::string refusal;
        {
            const FileSizeLimit limit(1000);
            refusal = message(path, std::string(size, 'z'));
        }
        CHECK(lacks(refusal, {"cannot write " + path.string() + ": File too large"}) == "");
        CHECK(fxp::read_file(path) == "old");
        CHECK(scratch.count() == 1);
    }
}

} // namespace atomic_file_test
