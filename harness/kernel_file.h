/* kernel_file.h -- what the kernel says in /proc and /sys, read under a root. */
#ifndef QB_KERNEL_FILE_H
#define QB_KERNEL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `root` is "" or a folder that stands for / (tests).  All give false where the file, the line or
 * the number is not there, which is never the same as a value; what they return is then cleared. */

/* First line without its end, or all bytes up to the first NUL (device trees). */
bool qb_kernel_file_line(const char *root, const char *path, char *ret_text, size_t size);

/* First line as one decimal number. */
bool qb_kernel_file_number(const char *root, const char *path, uint64_t *ret_number);

/* The value of the first line `key : value`, as in /proc/cpuinfo and /proc/meminfo. */
bool qb_kernel_file_value(const char *root, const char *path, const char *key, char *ret_text,
                          size_t size);

#endif
