/* Counts everything below a folder with the kernel's own calls: what no program that lists it can be faster than. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

struct entry {
    unsigned long inode;
    long offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static long count;

static void walk(int parent, const char *name)
{
    char buffer[32768];
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY);
    long got;
    while ((got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < got;) {
            struct entry *entry = (struct entry *)(buffer + at);
            at += entry->length;
            if (entry->name[0] == '.')
                continue;
            count++;
            if (entry->type == DT_DIR)
                walk(folder, entry->name);
        }
    }
    close(folder);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 64;
    walk(AT_FDCWD, argv[1]);
    printf("%ld\n", count);
    return 0;
}
