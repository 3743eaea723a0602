// Products read no byte beyond their operands: these end where a page without access begins.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/gemm/product.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#ifdef __linux__

#include <sys/mman.h>
#include <unistd.h>

namespace ends_test {

using fxp::kernels::Operand;
using fxp::kernels::gemm::MatrixProduct;
using fxp::kernels::gemm::Memory;

namespace {

/// Some pages before one without access.
class Fence {
  public:
    explicit Fence(std::size_t pages) : size_((pages + 1) * page()) {
        void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        memory_ = static_cast<std::byte*>(memory);
        REQUIRE(mprotect(memory_ + size_ - page(), page(), PROT_NONE) == 0);
    }
    Fence(const Fence&) = delete;
    Fence& operator=(const Fence&) = delete;
    ~Fence() { munmap(memory_, size_); }

    /// The last `count` numbers before the page.
    template <class T>
    T* last(std::size_t count) const {
        return reinterpret_cast<T*>(memory_ + size_ - page() - count * sizeof(T));
    }

  private:
    static std::size_t page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

    std::size_t size_;
    std::byte* memory_ = nullptr;
};

template <class T>
void check(exact::Draw& draw, const Fence& for_a, const Fence& for_b) {
    const std::size_t rows = 1 + draw.below(20);
    const std::size_t columns = 1 + draw.below(70);
    const std::size_t depth = 1 + draw.below(40);
    T* a = for_a.last<T>(rows * depth);
    T* b = for_b.last<T>(depth * columns);
    // As words of 16 bits of any size, of which norms prove that their sums fit int32, or do not, or as small ones.
    const int bits = draw.below(3) == 0 && sizeof(T) < 4 ? 8 * static_cast<int>(sizeof(T)) : 7;
    const std::uint64_t bound = std::uint64_t{1}
                                << (draw.below(2) == 0 ? 8 * sizeof(T) - 1 : static_cast<std::size_t>(bits - 1));
    for (std::size_t i = 0; i < rows * depth; ++i) a[i] = static_cast<T>(draw.raw(bits));
    for (std::size_t i = 0; i < depth * columns; ++i) b[i] = static_cast<T>(draw.raw(bits));
    const bool transposed = draw.below(2) == 0; // b is read as (columns, depth)
    const Operand left{a, sizeof(T), static_cast<std::ptrdiff_t>(depth), 1, bound};
    const Operand right{b, sizeof(T), transposed ? 1 : static_cast<std::ptrdiff_t>(columns),
                        transposed ? static_cast<std::ptrdiff_t>(depth) : 1, bound};
    if (!MatrixProduct::suits(left, right, depth)) return;
    Memory memory;
    const MatrixProduct product(left, right, rows, columns, depth, memory);
    std::vector<std::int64_t> sums(24 * 96);
    product.tile(0, rows, 0, columns, false, sums.data(), 96);
    std::int64_t wanted = 0; // the last one
    for (std::size_t k = 0; k < depth; ++k) {
        wanted += std::int64_t{a[(rows - 1) * depth + k]} *
                  b[transposed ? (columns - 1) * depth + k : k * columns + columns - 1];
    }
    CHECK(sums[(rows - 1) * 96 + columns - 1] == wanted);
}

} // namespace

TEST_CASE("products read nothing beyond their operands", "[kernels][gemm]") {
    exact::Draw draw(4);
    const Fence for_a(2);
    const Fence for_b(4);
    for (int i = 0; i < 1000; ++i) {
        check<std::int8_t>(draw, for_a, for_b);
        check<std::int16_t>(draw, for_a, for_b);
        check<std::int32_t>(draw, for_a, for_b);
    }
}

} // namespace ends_test

#endif
