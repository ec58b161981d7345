int limit(int x);
int main(void)
{
    if (limit(3) < 0)
        return 1;
    if (limit(4) > 9)
        return 1;
    return 0;
}
