/* hypervisor.h -- whose guest this machine is. */
#ifndef QB_HYPERVISOR_H
#define QB_HYPERVISOR_H

#include <stddef.h>

/* "kvm", "vmware", ... or "" where none shows itself.  `root` is "" or a folder that stands for /,
 * for which the CPU is not asked: it is not that machine's. */
void qb_hypervisor_find(const char *root, char *ret_name, size_t size);

/* The name behind the 12 bytes of CPUID leaf 0x40000000; themselves if nobody knows them. */
void qb_hypervisor_name_signature(const char signature[12], char *ret_name, size_t size);

#endif
