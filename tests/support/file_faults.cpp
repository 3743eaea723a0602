// Preloaded into a program (LD_PRELOAD), this lets something happen right before its N-th operation on files, so that a
// test can try every moment. Operations, counted from 1: a file is made, flushed, synced, renamed or removed.
//
//   FXP_FAULT_AT=N
//   FXP_FAULT=KILL         the program is killed
//             INT, TERM    it gets the signal, and goes on if it can
//             INT_INT      it gets SIGINT twice
//             FULL         this and all later operations that take room fail with ENOSPC
//             HALF         where it renames a file, half of it gets there, and the program is killed
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

template <class F>
F* next(const char* name) {
    return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

/// Counts an operation, and does to the program what is to happen now. Whether the operation has to fail, or, under
/// HALF, be done by half.
bool fault() {
    static const char* const at = std::getenv("FXP_FAULT_AT");
    static const char* const what = std::getenv("FXP_FAULT");
    static long count = 0;
    if (at == nullptr || what == nullptr) return false;
    const long moment = std::atol(at);
    const std::string kind = what;
    ++count;
    if (kind == "FULL") return count >= moment;
    if (count != moment) return false;
    if (kind == "HALF") return true;
    if (kind == "KILL") std::raise(SIGKILL);
    if (kind == "TERM") std::raise(SIGTERM);
    if (kind == "INT" || kind == "INT_INT") std::raise(SIGINT);
    if (kind == "INT_INT") std::raise(SIGINT);
    return false;
}

/// What a program leaves that writes over a file and is killed in the middle.
void write_half(const char* from, const char* to) {
    if (std::string(std::getenv("FXP_FAULT")) != "HALF") return;
    std::ifstream whole(from, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(whole), {});
    std::ofstream(to, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size() / 2)).flush();
    std::raise(SIGKILL);
}

int no_room() {
    errno = ENOSPC;
    return -1;
}

} // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    static auto* const original = next<int(const char*, int, ...)>("open");
    if ((flags & O_CREAT) == 0) return original(path, flags);
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return fault() ? no_room() : original(path, flags, mode);
}

int mkdir(const char* path, mode_t mode) noexcept {
    static auto* const original = next<int(const char*, mode_t)>("mkdir");
    return fault() ? no_room() : original(path, mode);
}

int fflush(FILE* file) {
    static auto* const original = next<int(FILE*)>("fflush");
    const bool counts = file != nullptr && file != stdout && file != stderr;
    return counts && fault() ? no_room() : original(file);
}

int fsync(int descriptor) {
    static auto* const original = next<int(int)>("fsync");
    struct stat status {};
    const bool is_file = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    return is_file && fault() ? no_room() : original(descriptor);
}

int rename(const char* from, const char* to) noexcept {
    static auto* const original = next<int(const char*, const char*)>("rename");
    if (!fault()) return original(from, to);
    write_half(from, to);
    return no_room();
}

int unlink(const char* path) noexcept {
    static auto* const original = next<int(const char*)>("unlink");
    static_cast<void>(fault());
    return original(path);
}

int remove(const char* path) noexcept {
    static auto* const original = next<int(const char*)>("remove");
    static_cast<void>(fault());
    return original(path);
}
}
