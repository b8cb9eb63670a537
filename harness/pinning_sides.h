/* pinning_sides.h -- which domains are the producers', which the consumers'. */
#ifndef QB_PINNING_SIDES_H
#define QB_PINNING_SIDES_H

#include <stdbool.h>
#include <stddef.h>

/* Splits `count` domains of sizes[] CPUs so that no CPU of either side is used twice while another
 * one, of any side, is idle.  The first domains go to the producers where that can be.  Returns 0,
 * -EINVAL if there is no such split, or -ENOMEM. */
int qb_pinning_split_sides(const size_t *sizes, size_t count, size_t producers, size_t consumers,
                           bool *ret_is_producers);

#endif
