/* append_sync FILE: append standard input to FILE a line at a time, fdatasync after each. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char line[1 << 20];
	int fd = argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;

	while (fd >= 0 && fgets(line, sizeof(line), stdin)) {
		size_t n = strlen(line);

		if (write(fd, line, n) != (ssize_t)n || fdatasync(fd) != 0)
			return 2;
	}
	return fd < 0 ? 2 : 0;
}
